import { createJsonSchema } from "./json-schema.ts";
import { formsOf, namedChild, type SchemaNode } from "./schema-node.ts";
import { withoutVariants } from "./schema-variants.ts";

const introduction = `# Configuration reference

<!-- Written by packages/config/src/write-schema.ts from the schema; change the schema, then run
     \`pnpm --filter @evenkeel/config schema\`. -->

The smallest file is one pool:

\`\`\`yaml
# yaml-language-server: $schema=./evenkeel.schema.json
pools:
  web:
    backends: [http://127.0.0.1:8081, http://127.0.0.1:8082]
\`\`\`

YAML and JSON are both read. Unknown keys are errors, and all errors are shown at once:
\`evenkeel.yaml:5:7 pools.web.strateggy: unknown key "strateggy"; did you mean "strategy"?\`

## Where values come from

Flags win over the environment, the environment over the file, the file over the defaults.

- **Environment.** \`EVENKEEL_\` and the key in capitals, with \`__\` where the file nests and the index
  for a list: \`EVENKEEL_WORKERS=4\`, \`EVENKEEL_POOLS__WEB__HEALTHCHECK__INTERVAL=5s\`,
  \`EVENKEEL_LISTENERS__0__ADDRESS=:8080\`. Values are YAML, so a whole list fits:
  \`EVENKEEL_POOLS__WEB__BACKENDS='[http://10.0.0.1, http://10.0.0.2]'\`. In a pool's name, \`_\` stands
  for every character that a variable cannot have. An empty variable counts as one that is not set;
  one that names no key is an error. \`EVENKEEL_CONFIG\` names the file. The variables that Kubernetes
  adds for a service called "evenkeel" are ignored.
- **Variables in the file.** \`\${NAME}\` and \`\${NAME:-default}\` (used when \`NAME\` is unset or empty)
  work in every value, also one in the default of another; \`$\${\` is a literal \`\${\`.
- **Secrets in files.** Where \`NAME\` is not set, \`\${NAME}\` is the content of the file that \`NAME_FILE\`
  names, without a line break at its end: \`ADMIN_TOKEN_FILE=/run/secrets/token\`. In the same way
  \`EVENKEEL_ADMIN__TOKEN_FILE\` gives \`EVENKEEL_ADMIN__TOKEN\`. Both at once are an error.

\`evenkeel check\` says what is wrong and starts nothing; \`evenkeel config print\` shows every value with
who gave it (secrets are hidden); \`evenkeel config schema\` prints the JSON Schema of the file.

## Units

| Kind | Written | Not |
|---|---|---|
| duration | \`250ms\`, \`10s\`, \`1m30s\`, \`1h\`, \`1.5s\` | a number without a unit |
| size | \`8000B\`, \`64KiB\`, \`1MiB\`, \`1GiB\` (1024); \`10kB\`, \`10MB\`, \`1GB\` (1000) | \`64k\` |
| percentage | \`20%\` | \`0.2\` |
| rate | \`100/s\`, \`10/m\`, \`5000/h\` | \`100\` |
| hash key | \`client-ip\`, \`path\`, \`header:x-user\`, \`cookie:session\`, \`query:user\` | \`user\` |

## Keys

| Key | Type | Default | Meaning |
|---|---|---|---|
`;

/** The page of the user guide that lists every key: generated, so that it cannot be out of date. */
export function createReferencePage(): string {
  const rows = rowsBelow(createJsonSchema(), "");
  return `${introduction}${rows.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}`;
}

/** For tests: the rows of one part of a schema. */
export function rowsBelow(node: SchemaNode, path: string): string[][] {
  return withoutVariants(formsOf(node)).flatMap((form) => {
    const named = namedChild(form);
    if (named !== undefined) return rowsOf(named, `${path}.<name>`, false);
    if (form.items !== undefined) return rowsBelow(form.items, `${path}[]`);
    const required = new Set(form.required ?? []);
    return Object.entries(form.properties ?? {}).flatMap(([key, child]) =>
      rowsOf(child, path === "" ? key : `${path}.${key}`, required.has(key)),
    );
  });
}

function rowsOf(node: SchemaNode, path: string, isRequired: boolean): string[][] {
  const meaning = node.description ?? formsOf(node)[0]?.description ?? "";
  const row = [`\`${path}\``, typeOf(node), defaultOf(node, isRequired), meaning];
  return [meaning === "" ? [] : row, ...rowsBelow(node, path)].filter((cells) => cells.length > 0);
}

function defaultOf(node: SchemaNode, isRequired: boolean): string {
  if (isRequired) return "required";
  const { default: preset } = node;
  if (preset === undefined) return "";
  const isEmpty = JSON.stringify(preset) === "{}" || JSON.stringify(preset) === "[{}]";
  if (isEmpty) return "as below";
  return `\`${typeof preset === "string" ? preset : JSON.stringify(preset)}\``;
}

function typeOf(node: SchemaNode): string {
  if (node.title !== undefined) return node.title;
  return [...new Set(formsOf(node).map(formType))].join(" or ");
}

function formType(form: SchemaNode): string {
  if (form.title !== undefined) return form.title;
  if (form.const !== undefined) return `\`${JSON.stringify(form.const).replaceAll('"', "")}\``;
  if (form.enum !== undefined) return form.enum.map((name) => `\`${String(name)}\``).join(", ");
  if (form.type === "boolean") return "`true`, `false`";
  if (form.type === "integer") return `${form.minimum} to ${form.maximum}`;
  if (form.type === "array") return form.items === undefined ? "list" : `list of ${itemsOf(form)}`;
  return form.type === "object" ? "mapping" : "text";
}

function itemsOf(form: SchemaNode): string {
  const items = form.items ?? {};
  return formsOf(items)
    .map((item) => (item.type === "object" ? "mappings" : `${formType(item)}s`))
    .join(" or ");
}
