import { valueAt } from "./config-path.ts";
import { nearestName } from "./nearest-name.ts";
import { formsOf, knownKeys, type SchemaNode } from "./schema-node.ts";

/** Mappings that may stand in one place and have other keys each say under this one which they are. */
export const variantKey = "type";

/** The variants of a mapping by the value of their `type`; empty where there is only one mapping. */
export function variantsOf(node: SchemaNode): ReadonlyMap<string, SchemaNode> {
  const variants = new Map<string, SchemaNode>();
  for (const form of formsOf(node)) {
    const name = form.properties?.[variantKey]?.const;
    if (typeof name === "string") variants.set(name, form);
  }
  return variants;
}

/** Of the forms that a value may take, the mapping that this one is, or is meant to be. */
export function mappingFormOf(node: SchemaNode, value: unknown): SchemaNode | undefined {
  const type = valueAt(value, [variantKey]);
  const variant = typeof type === "string" ? variantsOf(node).get(type) : undefined;
  return variant ?? formsOf(node).find((form) => form.type === "object");
}

/**
 * What an error about an unknown key goes on with where another variant has that key, or one much
 * like it; "" where there is nothing to add.
 */
export function explainForeignKey(node: SchemaNode, value: unknown, key: string): string {
  const own = valueAt(value, [variantKey]);
  const variants = variantsOf(node);
  if (typeof own !== "string" || !variants.has(own)) return "";
  const owners = ownersOf(variants, key);
  if (owners.length > 0) return `: an option of ${listed(owners)}, not of ${own}`;
  const ownKeys = knownKeys(variants.get(own) ?? {});
  if (nearestName(key, ownKeys) !== null) return "";
  const near = nearestName(key, knownKeys(node));
  if (near !== null) return `: ${near} is an option of ${listed(ownersOf(variants, near))}`;
  const options = ownKeys.filter((name) => name !== variantKey);
  return options.length === 0 ? `: ${own} has no options` : `: ${own} has ${listed(options)}`;
}

/**
 * The same forms with the variants laid over each other, for readers: one `type` with every name, and
 * each option once, saying whose it is.
 */
export function withoutVariants(forms: readonly SchemaNode[]): readonly SchemaNode[] {
  const variants = variantsOf({ anyOf: forms });
  const [first] = variants.values();
  if (first === undefined) return forms;
  const others = forms.filter((form) => ![...variants.values()].includes(form));
  const { const: _, ...facts } = first.properties?.[variantKey] ?? {};
  const type = { ...facts, enum: [...variants.keys()] };
  const options = optionsOf(variants).map(([key, node, owners]) => {
    const description = `${node.description ?? ""} Of ${listed(owners)}.`;
    return [key, { ...node, description }] as const;
  });
  // Two strategies may mean something else by one name, so this is a list of mappings.
  const single = options.map(([key, node]) => ({ type: "object", properties: { [key]: node } }));
  const head = { type: "object", properties: { [variantKey]: type }, required: [variantKey] };
  return [...others, head, ...single];
}

type OwnedOption = readonly [key: string, node: SchemaNode, owners: string[]];

/** In the order of their first owners; options that are described alike are one. */
function optionsOf(variants: ReadonlyMap<string, SchemaNode>): readonly OwnedOption[] {
  const found = new Map<string, OwnedOption>();
  for (const [owner, form] of variants) {
    for (const [key, node] of Object.entries(form.properties ?? {})) {
      if (key === variantKey) continue;
      const identity = JSON.stringify([key, node]);
      const [, , owners] = found.get(identity) ?? [key, node, []];
      owners.push(owner);
      found.set(identity, [key, node, owners]);
    }
  }
  return [...found.values()];
}

function ownersOf(variants: ReadonlyMap<string, SchemaNode>, key: string): string[] {
  return [...variants].flatMap(([name, form]) => (knownKeys(form).includes(key) ? [name] : []));
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
