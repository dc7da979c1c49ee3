import { isIPv4 } from "node:net";
import { valueAt } from "../config-path.ts";
import { defaults } from "../defaults.ts";
import { errorAt, type Finding } from "../finding.ts";
import type { ListenAddress } from "../resolved-config.ts";
import { adminSchema } from "../schema/admin-schema.ts";
import { backendSchema } from "../schema/backend-schema.ts";
import { formatListenAddress } from "../schema/listen-address.ts";
import { listenAddressSchema } from "../schema/listener-schema.ts";
import { readable } from "./readable.ts";

/** Who reaches the admin listener can stop the balancer: strangers must not, by whatever way. */
export function checkAdmin(root: unknown): Finding[] {
  const admin = readable(adminSchema, valueAt(root, ["admin"]));
  if (admin === undefined) return [];
  const { address, token } = admin;
  return [
    ...(token === null ? checkReach(address) : []),
    ...checkOtherListeners(root, address),
    ...checkBackends(root, address),
  ];
}

function checkReach(address: ListenAddress): Finding[] {
  if (address.kind === "unix" || isLoopback(address.host)) return [];
  const where = formatListenAddress(address);
  const message = `others can reach ${where}: it needs a token of 32 or more characters`;
  return [errorAt(["admin"], message)];
}

function checkOtherListeners(root: unknown, admin: ListenAddress): Finding[] {
  const listeners = valueAt(root, ["listeners"]) ?? [{}];
  if (!Array.isArray(listeners)) return [];
  return listeners.flatMap((listener: unknown, index) => {
    const written = valueAt(listener, ["address"]) ?? defaults.listener.address;
    const address = readable(listenAddressSchema, written);
    if (address === undefined || !isSame(admin, address)) return [];
    const message = `listeners[${index}] listens on ${formatListenAddress(address)} already`;
    return [errorAt(["admin"], message)];
  });
}

/** A backend that is our own admin listener would put it on the data port. */
function checkBackends(root: unknown, admin: ListenAddress): Finding[] {
  const pools = Object.entries(valueAt(root, ["pools"]) ?? {});
  return pools.flatMap(([name, pool]) => {
    const backends = valueAt(pool, ["backends"]);
    if (!Array.isArray(backends)) return [];
    return backends.flatMap((written: unknown, index) => {
      const backend = readable(backendSchema, written);
      if (backend === undefined || !isSame(admin, { kind: "tcp", ...backend })) return [];
      return [errorAt(["pools", name, "backends", index], "is the admin listener")];
    });
  });
}

function isSame(one: ListenAddress, other: ListenAddress): boolean {
  if (one.kind === "unix" || other.kind === "unix") {
    return one.kind === "unix" && other.kind === "unix" && one.path === other.path;
  }
  if (one.port === 0 || one.port !== other.port) return false;
  if (one.host === other.host || isAny(one.host) || isAny(other.host)) return true;
  return isLoopback(one.host) && isLoopback(other.host);
}

function isAny(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
