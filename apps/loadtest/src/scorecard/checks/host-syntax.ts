import { judgeBadRequests, madeHarmless } from "./bad-requests.ts";
import type { Check } from "./check.ts";
import { valuesOf } from "../wire/message.ts";
import type { Arrival } from "../wire/recorder.ts";
import { target } from "./wire-request.ts";

const hosts: Readonly<Record<string, readonly string[]>> = {
  none: [],
  "the same twice": ["lab.test", "lab.test"],
  "two that differ": ["lab.test", "evil.test"],
  "with a space": ["a b"],
  "with a path": ["a/b"],
  "with a user": ["u@a"],
  "a list": ["a, b"],
};

function find(arrivals: readonly Arrival[]): string | undefined {
  for (const arrival of arrivals) {
    const values = valuesOf(arrival, "host");
    if (values.length !== 1) return `${values.length} Host fields arrived`;
    if (!/^[\w.:[\]-]+$/.test(values[0] ?? "")) return `Host: ${values[0]} arrived`;
  }
  return undefined;
}

/** Who is asked must be one answer (RFC 9112 section 3.2). */
export const hostSyntax: Check = {
  name: "host-syntax",
  group: "protocol",
  title: "missing, doubled, odd Host",
  rule: "a request without exactly one valid Host is refused, or never reaches a backend",
  run: (scene) =>
    judgeBadRequests(
      scene,
      Object.entries(hosts).map(([name, values]) => ({
        name,
        send: `${[`GET ${target} HTTP/1.1`, ...values.map((value) => `Host: ${value}`), "X-A: b"].join("\r\n")}\r\n\r\n`,
      })),
      { find, otherwise: madeHarmless },
    ),
};
