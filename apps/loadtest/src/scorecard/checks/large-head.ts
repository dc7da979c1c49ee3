import { type Check, pass, passIf } from "./check.ts";
import { statusOfFinal, wireGet } from "./wire-request.ts";

const headBytes = 2 * 1024 * 1024;

/** Memory belongs to nobody in particular until there is a limit. */
export const largeHead: Check = {
  name: "large-head",
  group: "protocol",
  title: "2 MiB of header fields",
  rule: "a head of 2 MiB is refused and never reaches a backend",
  async run(scene) {
    const line = `X-Big: ${"x".repeat(4000)}`;
    const lines = Array.from({ length: Math.ceil(headBytes / line.length) }, () => line);
    const outcome = await scene.exchange({ send: wireGet(...lines), timeoutMs: 3000 });
    const status = statusOfFinal(outcome);
    const isAnswered = status >= 400;
    const isCut = status === 0 && outcome.answer.ending !== "open";
    if (isCut) return pass("cut off", "the client gets a reset before it can read a status");
    return passIf(isAnswered && !(outcome.arrivals ?? []).length, String(status || "no answer"));
  },
};
