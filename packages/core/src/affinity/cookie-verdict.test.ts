import { expect, test } from "vitest";
import { backend, backends } from "../../test/backends.ts";
import { signerOf } from "../../test/cookie-signer.ts";
import { Affinity, Pool } from "../index.ts";

const start = 1_800_000_000;
const members = backends(2);

function affinityOf(secrets: readonly string[], pool = new Pool("web", 0, members)): Affinity {
  return new Affinity({ ttlSeconds: 60, idleSeconds: 0 }, secrets.map(signerOf), pool);
}

const value = affinityOf(["secret"]).bind(backend(1), null, start).value;

test.each([
  ["one of ours", value, start, "bound"],
  ["one that was of use for too long", value, start + 60, "expired"],
  ["any text", "nonsense", start, "malformed"],
  [
    "a changed signature",
    value.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
    start,
    "forged",
  ],
])("%s: says what it is", (_what, text, now, kind) => {
  const affinity = affinityOf(["secret"]);
  expect(affinity.verdictOf(text, now).kind).toBe(kind);
  expect(affinity.bindingOf(text, now) !== null).toBe(kind === "bound");
});

test("a secret that is not listed any more is told from a forged signature", () => {
  expect(affinityOf(["other"]).verdictOf(value, start).kind).toBe("unknown-secret");
});

test("a backend that is gone is told from a forged signature", () => {
  const shrunk = affinityOf(["secret"], new Pool("web", 0, backends(1)));
  expect(shrunk.verdictOf(value, start).kind).toBe("unknown-backend");
});
