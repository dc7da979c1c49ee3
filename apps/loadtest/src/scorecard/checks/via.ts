import { type Check, fail, passIf } from "./check.ts";
import { arrivalFor, arrived } from "./wire-request.ts";

/** Loops are found by it (RFC 9110 section 7.6.3: a gateway must send it). */
export const via: Check = {
  name: "via",
  group: "protocol",
  title: "Via",
  rule: "the backend sees the balancer in Via, after those that were there before",
  async run(scene) {
    const arrival = await arrivalFor(scene, "Via: 1.0 before");
    if ("refusedWith" in arrival) return fail(`refused, ${arrival.refusedWith}`);
    const all = arrived(arrival, "via").join(", ");
    const isThere = /^1\.0 before, *\S/.test(all);
    return passIf(
      isThere,
      isThere ? "added" : "not added",
      isThere ? undefined : `arrived: ${all === "" ? "no Via at all" : all}`,
    );
  },
};
