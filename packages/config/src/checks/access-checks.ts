import { type ConfigPath, valueAt } from "../config-path.ts";
import { defaults } from "../defaults.ts";
import { type Finding, errorAt, warningAt } from "../finding.ts";
import { listenAddressSchema } from "../schema/listener-schema.ts";
import { readable } from "./readable.ts";

/** Lists of clients that do not do what they seem to: those of listeners and of routes. */
export function checkAccess(root: unknown): Finding[] {
  const listeners = listAt(root, "listeners");
  const onlyUnix = hasOnlyUnixListeners(root);
  return [
    ...listeners.flatMap((listener, index) =>
      checkLists(listener, ["listeners", index], hasUnixAddress(listener)),
    ),
    ...listAt(root, "routes").flatMap((route, index) =>
      checkLists(route, ["routes", index], onlyUnix),
    ),
  ];
}

/** Whether every client comes through a unix socket, and so without an address. */
export function hasOnlyUnixListeners(root: unknown): boolean {
  const listeners = listAt(root, "listeners");
  return listeners.length > 0 && listeners.every(hasUnixAddress);
}

function checkLists(owner: unknown, path: ConfigPath, isUnix: boolean): Finding[] {
  const allow = valueAt(owner, ["allow"]);
  const deny = valueAt(owner, ["deny"]);
  if (isUnix) {
    const message = "clients of a unix socket have no address to look for";
    return [
      ...(allow === undefined ? [] : [errorAt([...path, "allow"], message)]),
      ...(deny === undefined ? [] : [errorAt([...path, "deny"], message)]),
    ];
  }
  if (!Array.isArray(allow) || !Array.isArray(deny)) return [];
  return allow.flatMap((entry: unknown, index) => {
    if (!deny.includes(entry)) return [];
    return [warningAt([...path, "allow", index], "is in deny, too, which holds")];
  });
}

function hasUnixAddress(listener: unknown): boolean {
  const written = valueAt(listener, ["address"]) ?? defaults.listener.address;
  return readable(listenAddressSchema, written)?.kind === "unix";
}

function listAt(root: unknown, key: string): readonly unknown[] {
  const list = valueAt(root, [key]);
  return Array.isArray(list) ? list : [];
}
