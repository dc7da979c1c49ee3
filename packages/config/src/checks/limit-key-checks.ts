import type * as z from "zod";
import { type ConfigPath, valueAt } from "../config-path.ts";
import { type Finding, warningAt } from "../finding.ts";
import type { RateLimitKey } from "../resolved-config.ts";
import { readable } from "./readable.ts";

/** One limit of a route, as it was written and as it was read. */
export interface WrittenLimit<Limit> {
  readonly path: ConfigPath;
  readonly written: unknown;
  readonly limit: Limit;
}

/** Those that can be read of what stands at `path`: one mapping, or a list of them. */
export function limitsAt<Limit>(
  schema: z.ZodType<Limit>,
  written: unknown,
  path: ConfigPath,
): WrittenLimit<Limit>[] {
  const items = Array.isArray(written) ? written : [written];
  return items.flatMap((item: unknown, index) => {
    const limit = readable(schema, item);
    const own = Array.isArray(written) ? [...path, index] : path;
    return limit === undefined ? [] : [{ path: own, written: item, limit }];
  });
}

/** Keys by which a limit does not do what it seems to. */
export function checkKey(
  { path, written, limit }: WrittenLimit<{ readonly key: RateLimitKey }>,
  onlyUnix: boolean,
): Finding[] {
  if (limit.key.from === "global" && valueAt(written, ["maxKeys"]) !== undefined) {
    return [warningAt([...path, "maxKeys"], "does nothing: a global limit has one key")];
  }
  if (limit.key.from === "client-ip" && onlyUnix) {
    const message = "all clients of unix sockets are one: they have no addresses";
    return [warningAt(path, message)];
  }
  return [];
}
