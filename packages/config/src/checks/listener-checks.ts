import { formatPath, valueAt } from "../config-path.ts";
import { defaults } from "../defaults.ts";
import { errorAt, type Finding } from "../finding.ts";
import { formatListenAddress } from "../schema/listen-address.ts";
import { listenAddressSchema } from "../schema/listener-schema.ts";
import { readable } from "./readable.ts";

export function checkListeners(root: unknown): Finding[] {
  const listeners = valueAt(root, ["listeners"]);
  if (!Array.isArray(listeners)) return [];
  return [
    ...checkNames(listeners),
    ...checkAddresses(listeners),
    ...checkModes(listeners),
    ...checkProxyProtocol(listeners),
  ];
}

function checkNames(listeners: readonly unknown[]): Finding[] {
  const firstWith = new Map<unknown, number>();
  return listeners.flatMap((listener: unknown, index) => {
    const name = valueAt(listener, ["name"]);
    const first = firstWith.get(name);
    firstWith.set(name, first ?? index);
    if (name === undefined || first === undefined) return [];
    const message = `${formatPath(["listeners", first])} has this name already`;
    return [errorAt(["listeners", index, "name"], message)];
  });
}

/** A port has no file whose mode it could be. */
function checkModes(listeners: readonly unknown[]): Finding[] {
  return listeners.flatMap((listener, index) => {
    if (valueAt(listener, ["mode"]) === undefined) return [];
    const written = valueAt(listener, ["address"]) ?? defaults.listener.address;
    if (readable(listenAddressSchema, written)?.kind !== "tcp") return [];
    const message = "only a unix socket has a mode, and this address is none; remove it";
    return [errorAt(["listeners", index, "mode"], message)];
  });
}

/** Anybody could choose an address with a PROXY header, so somebody has to be trusted. */
function checkProxyProtocol(listeners: readonly unknown[]): Finding[] {
  return listeners.flatMap((listener, index) => {
    const protocol = valueAt(listener, ["proxyProtocol"]) ?? defaults.listener.proxyProtocol;
    const address = readable(listenAddressSchema, valueAt(listener, ["address"]));
    const trusted = valueAt(listener, ["trustedProxies"]) ?? [];
    const isOpen = Array.isArray(trusted) && trusted.length === 0 && address?.kind !== "unix";
    if (protocol === "off" || !isOpen) return [];
    const message = "needs trustedProxies: only their PROXY headers are believed";
    return [errorAt(["listeners", index, "proxyProtocol"], message)];
  });
}

/** Two listeners cannot have one address; port 0 is another port every time. */
function checkAddresses(listeners: readonly unknown[]): Finding[] {
  const firstWith = new Map<string, number>();
  return listeners.flatMap((listener: unknown, index) => {
    const written = valueAt(listener, ["address"]) ?? defaults.listener.address;
    const address = readable(listenAddressSchema, written);
    if (address === undefined || (address.kind === "tcp" && address.port === 0)) return [];
    const text = formatListenAddress(address);
    const first = firstWith.get(text);
    firstWith.set(text, first ?? index);
    if (first === undefined) return [];
    const message = `${formatPath(["listeners", first])} listens on ${text} already`;
    return [errorAt(["listeners", index, "address"], message)];
  });
}
