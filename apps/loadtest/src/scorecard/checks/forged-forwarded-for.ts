import { type Check, fail, passIf } from "./check.ts";
import { arrivalFor, arrived } from "./wire-request.ts";

/** Backends that take the first address believe the client instead of the balancer. */
export const forgedForwardedFor: Check = {
  name: "forged-forwarded-for",
  group: "protocol",
  title: "forged X-Forwarded-For is gone",
  rule: "what a client that nobody trusts puts into X-Forwarded-For does not reach a backend",
  async run(scene) {
    const arrival = await arrivalFor(scene, "X-Forwarded-For: 203.0.113.7");
    if ("refusedWith" in arrival) return fail(`refused, ${arrival.refusedWith}`);
    const lines = arrived(arrival, "x-forwarded-for");
    const isGone = !lines.join().includes("203.0.113.7");
    return passIf(
      isGone,
      isGone ? "gone" : "passed on",
      isGone ? undefined : `arrived: ${lines.join(" and ")}; its configuration can replace it`,
    );
  },
};
