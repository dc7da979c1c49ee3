import { conditionParameters } from "./faults/conditions.ts";
import type { FaultKind } from "./faults/fault.ts";
import type { Parameter } from "./faults/parameter.ts";
import { faultKinds } from "./faults/registry.ts";

/** `docs/reference/test-backend.md`, with the vocabulary from the registry. */
export function createReferencePage(): string {
  return [
    intro,
    "## Faults\n",
    ...faultKinds.map(describeKind),
    "## When and where a fault strikes\n",
    conditions,
    table(
      "condition",
      Object.entries(conditionParameters).map(([name, parameter]) => row(name, parameter)),
    ),
    rest,
  ].join("\n");
}

const intro = `# The test backend

<!-- Written by apps/test-backend/src/write-reference-page.ts; change the sources, then run
     \`pnpm --filter @evenkeel/test-backend reference\`. -->

\`evenkeel backend\` is a server that breaks on command and remembers what it saw. \`--help\` lists its
flags and routes; this page is its fault vocabulary and its ledger.

\`\`\`
evenkeel backend --port 8081 --fault 'status=503,retryAfter=1s,probability=30%,for=20s'
evenkeel backend --timeline 't=10s: 30% 503 for 20s; t=40s: refuse for 5s'
evenkeel backend --ports 9001-9100 --control-port 9000 --ledger requests.ndjson
\`\`\`

## Ways to ask for a fault

The words are the same everywhere. \`NAME=VALUE\` is short for the parameter marked with a star below.

| where | written | lasts |
|---|---|---|
| flag, repeatable | \`--fault 'status=503,probability=30%,for=20s'\` | from the start |
| file | \`--faults FILE\`, YAML or JSON: a list of \`{ fault: status, code: 503, for: 20s }\`, or \`{ faults: [...], timeline: "..." }\` | from the start |
| timeline | \`--timeline 't=10s: status 503 30% for 20s; t=40s: hang'\` | from \`t\` |
| run time | \`PUT /__faults\` with the same JSON replaces all, \`POST\` adds, \`DELETE\` ends all, \`DELETE /__faults/ID\` one, \`GET\` lists with \`id\`, \`state\` and \`applied\` | from the call |
| one request | \`X-Fault: latency=100ms;status=503;retryAfter=2s\`, or \`?fault=status=503\`; a comma separates as well as a semicolon | that request |

What cannot be understood is refused, with the valid names: a flag with exit code 2, a call or a request
with 400. A fault that would shut out whoever asks for it, for good, is refused with 409: it needs
\`for\`, or a backend with \`--control-port\`.

The control port answers \`/__faults\`, \`/__stats\`, \`/__backends\`, \`/fail\` and \`/recover\` whatever the
faults do to the backend's own port. With several backends, \`?backend=NAME\` picks one; without it a
change concerns all of them and a list has an entry \`{ backend, faults }\` or \`{ backend, stats }\` for each.

Several faults can strike one request. They act in this order, whatever the order they were named in:
first what shapes how bytes go in and out, then what acts before the request body is read, then what
waits, then what answers.
`;

const conditions = `Requests to \`/__stats\`, \`/__faults\`, \`/fail\` and \`/recover\` are never struck, and \`/health\` only by a
fault whose \`path\` is \`/health\`. Faults that strike connections or the whole port have no method, path
or header. JSON and YAML may group \`method\`, \`path\` and \`header\` under \`match\`.

Everything is drawn from a seed: the same seed, backend name, fault list and order of requests give the
same decisions. \`--seed\` sets it for all faults; the name keeps two backends from failing the same ordinals.
`;

const rest = `
## The ledger

\`--ledger FILE\` writes one JSON line per request that arrived, control routes included:

| field | meaning |
|---|---|
| \`event\` | \`ended\`; with \`--ledger-arrivals\` a line \`arrived\`, with less in it, comes before |
| \`time\`, \`durationMs\` | when its head arrived (ISO 8601, UTC), and how long it took from there |
| \`backend\` | the value of \`X-Backend\` |
| \`requestId\`, \`reqId\` | \`X-Request-Id\` and \`X-Req-Id\`: a tester's own id survives in the second when the balancer sets the first |
| \`connection\` | number of the connection, from 1 |
| \`method\`, \`target\` | as they arrived |
| \`bytesIn\`, \`bytesOut\` | request body bytes read; bytes sent, head included |
| \`fault\` | what struck it, joined by \`+\`, or null |
| \`status\` | of the response that was begun, or null |
| \`ending\` | \`answered\`, \`aborted-by-client\`, \`reset-by-us\`, \`closed-by-us\` (FIN before the response was whole, or no valid response) or \`hung\` |

Lines reach the system at the end of each turn of the event loop, so the file can be read while the
backend runs and is complete after SIGTERM. A process that is killed (\`kill -9\`) leaves no \`ended\` line for
the requests it was working on; \`--ledger-arrivals\` writes theirs before anything is done with them.

\`/__stats\` has the same counts: \`byEnding\`, \`byFault\`, and requests by method, target and id.
`;

function describeKind(kind: FaultKind): string {
  const rows = Object.entries(kind.parameters).map(([name, parameter]) =>
    row(name === kind.main ? `${name}*` : name, parameter),
  );
  const parameters = rows.length === 0 ? "" : `\n${table("parameter", rows)}`;
  return `### ${kind.name}\n\n${sentence(kind)}\n${parameters}`;
}

function sentence({ summary, example }: FaultKind): string {
  return `${summary[0]?.toUpperCase()}${summary.slice(1)}. Example: \`--fault '${example}'\``;
}

function table(what: string, rows: readonly string[]): string {
  return [`| ${what} | meaning | written | default |`, "|---|---|---|---|", ...rows, ""].join("\n");
}

function row(name: string, { meaning, form, fallback, isOptional }: Parameter<unknown>): string {
  const ending = isOptional ? "" : "required";
  const cells = [`\`${name}\``, meaning, form, fallback === undefined ? ending : `\`${fallback}\``];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
