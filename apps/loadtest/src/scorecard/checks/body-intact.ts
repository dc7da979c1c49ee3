import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { request } from "undici";
import { type Check, passIf } from "./check.ts";

const bodyBytes = 512 * 1024;

/** Every byte value, in no period that a buffer size divides. */
const body: Buffer = Buffer.from(
  Array.from({ length: bodyBytes }, (_, i) => (i * 31 + (i >> 8)) & 255),
);
const digest = createHash("sha256").update(body).digest("hex");

/** Bodies pass through whole, whatever their framing. */
export const bodyIntact: Check = {
  name: "body-intact",
  group: "protocol",
  title: "512 KiB up, unharmed",
  rule: "an upload of 512 KiB arrives unchanged, with a length and in chunks",
  async run(scene) {
    const { url } = await scene.testBackends();
    const wrong: string[] = [];
    for (const framing of ["with a length", "in chunks"] as const) {
      const { statusCode, body: answer } = await request(new URL("/echo", url), {
        method: "POST",
        body: framing === "in chunks" ? Readable.from(pieces()) : body,
      });
      const text = await answer.text();
      if (statusCode !== 200 || !text.includes(digest)) wrong.push(`${framing}: ${statusCode}`);
    }
    return passIf(wrong.length === 0, `${2 - wrong.length} of 2`, wrong.join("; ") || undefined);
  },
};

function* pieces(): Generator<Buffer> {
  for (let at = 0; at < bodyBytes; at += 10_007) yield body.subarray(at, at + 10_007);
}
