import { type Check, fail, passIf } from "./check.ts";
import { arrivalFor, arrived } from "./wire-request.ts";

/** The backend learns who asked. */
export const forwardedFor: Check = {
  name: "forwarded-for",
  group: "protocol",
  title: "X-Forwarded-For tells the client",
  rule: "the last address in X-Forwarded-For is the client's, whatever it sent itself",
  async run(scene) {
    const arrival = await arrivalFor(scene, "X-Forwarded-For: 203.0.113.7");
    if ("refusedWith" in arrival) return fail(`refused, ${arrival.refusedWith}`);
    const all = arrived(arrival, "x-forwarded-for").join(", ");
    const last = all.split(",").at(-1)?.trim() ?? "";
    // Loopback from here; from elsewhere some address, but not the one that was made up.
    return passIf(last !== "" && last !== "203.0.113.7", last === "" ? "no field" : last);
  },
};
