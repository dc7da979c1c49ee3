import { type Check, fail, pass } from "./check.ts";
import { arrivalOf, arrived, statusOfFinal, target, wireRequest } from "./wire-request.ts";

/** A client must not be able to take fields away that somebody relies on (CVE-2024-45410 and its like). */
export const protectedFields: Check = {
  name: "protected-fields",
  group: "protocol",
  title: "Connection: Host, Content-Length, …",
  rule: "naming Host, Content-Length or X-Forwarded-For in Connection takes none of them away",
  async run(scene) {
    const before = await forwardedFor(scene);
    const outcome = await scene.exchange({
      send: wireRequest(
        `POST ${target} HTTP/1.1`,
        ["Connection: Host, Content-Length, X-Forwarded-For, close", "Content-Length: 3"],
        "abc",
      ),
    });
    const arrival = arrivalOf(outcome);
    if (arrival === undefined) return pass(`refused, ${statusOfFinal(outcome)}`);
    const missing = [
      ...(arrived(arrival, "host").length === 0 ? ["host"] : []),
      ...(arrival.body === "abc" ? [] : ["the body"]),
      ...(before && arrived(arrival, "x-forwarded-for").length === 0 ? ["x-forwarded-for"] : []),
    ];
    if (missing.length === 0) return pass("all intact");
    return fail(`${missing.length} gone`, `gone: ${missing.join(", ")}`);
  },
};

async function forwardedFor(scene: Parameters<Check["run"]>[0]): Promise<boolean> {
  const outcome = await scene.exchange({ send: wireRequest(`GET ${target} HTTP/1.1`) });
  const arrival = arrivalOf(outcome);
  return arrival !== undefined && arrived(arrival, "x-forwarded-for").length > 0;
}
