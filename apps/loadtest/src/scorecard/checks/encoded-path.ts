import { NotApplicable } from "../scene/scene.ts";
import { targetOf } from "../wire/message.ts";
import { type Check, passIf } from "./check.ts";
import { wireRequest } from "./wire-request.ts";

const targets = [
  "/a%2Fb",
  "/a%2fb%20c",
  "/%7euser",
  "/a;b=c,d",
  "/a//b",
  "/@scope%2fname",
  "/x?q=a%20b+c&r=%2F",
];

/** `%2F` is not a slash: package registries and APIs live on that (RFC 9110 section 7.7). */
export const encodedPath: Check = {
  name: "encoded-path",
  group: "protocol",
  title: "targets that arrive byte for byte",
  rule: "escapes, %2F, double slashes and queries reach the backend as they were sent",
  async run(scene) {
    const changed: string[] = [];
    for (const sent of targets) {
      const { arrivals } = await scene.exchange({ send: wireRequest(`GET ${sent} HTTP/1.1`) });
      if (arrivals === undefined)
        throw new NotApplicable("nobody can see what reached the backend");
      const got = arrivals[0] === undefined ? "nothing" : targetOf(arrivals[0]);
      if (got !== sent) changed.push(`${sent} became ${got}`);
    }
    return passIf(
      changed.length === 0,
      `${targets.length - changed.length} of ${targets.length}`,
      changed.length === 0 ? undefined : changed.join("; "),
    );
  },
};
