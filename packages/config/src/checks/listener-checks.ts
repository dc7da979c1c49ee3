import { formatPath, valueAt } from "../config-path.ts";
import { defaults } from "../defaults.ts";
import { errorAt, type Finding } from "../finding.ts";
import { formatListenAddress } from "../schema/listen-address.ts";
import { listenAddressSchema } from "../schema/listener-schema.ts";
import { readable } from "./readable.ts";

/** Two listeners cannot have one address; port 0 is another port every time. */
export function checkListeners(root: unknown): Finding[] {
  const listeners = valueAt(root, ["listeners"]);
  if (!Array.isArray(listeners)) return [];
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
