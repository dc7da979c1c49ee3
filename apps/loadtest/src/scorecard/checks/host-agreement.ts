import { type Check, fail, pass, passIf } from "./check.ts";
import { arrivalOf, arrived, statusOfFinal, target } from "./wire-request.ts";

/** Routing by one name and forwarding the other opens every door (RFC 9112 section 3.2.2). */
export const hostAgreement: Check = {
  name: "host-agreement",
  group: "protocol",
  title: "absolute target against Host",
  rule: "where target and Host name different hosts, the request is refused or the backend sees the target's",
  async run(scene) {
    const outcome = await scene.exchange({
      send: `GET http://one.test${target} HTTP/1.1\r\nHost: two.test\r\n\r\n`,
    });
    const status = statusOfFinal(outcome);
    if (outcome.arrivals === undefined && status >= 400) return pass(String(status));
    const arrival = arrivalOf(outcome);
    if (arrival === undefined) return pass(String(status));
    const hosts = arrived(arrival, "host").join();
    const other = hosts.includes("two.test") ? "the backend saw the Host, not the target" : "";
    return other === ""
      ? passIf(hosts === "one.test", `Host: ${hosts}`)
      : fail(`Host: ${hosts}`, other);
  },
};
