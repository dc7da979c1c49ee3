import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backend, backends } from "../../test/backends.ts";
import { type CountedSigner, signerOf } from "../../test/cookie-signer.ts";
import { Affinity, type AffinitySettings, type Backend, Pool } from "../index.ts";

const start = 1_800_000_000;
const hour: AffinitySettings = { ttlSeconds: 3_600, idleSeconds: 0 };
const half: AffinitySettings = { ttlSeconds: 3_600, idleSeconds: 1_800 };
const members = backends(3);
const [b0, b1] = members as [Backend, Backend];

function poolOf(name = "web", of: readonly Backend[] = members): Pool {
  return new Pool(name, 0, of);
}

function affinityOf(settings = hour, ...secrets: readonly string[]): Affinity {
  const signers = (secrets.length === 0 ? ["secret"] : secrets).map(signerOf);
  return new Affinity(settings, signers, poolOf());
}

function cookieOf(affinity: Affinity, of: Backend = b1, now = start): string {
  return affinity.bind(of, null, now).value;
}

describe("a cookie", () => {
  test("brings its client back to its backend, in every process with the same secret", () => {
    const cases = fc.record({
      secret: fc.string({ minLength: 1 }),
      index: fc.nat(2),
      issuedAt: fc.integer({ min: 0, max: 2 ** 33 }),
      age: fc.nat(3_599),
    });
    fc.assert(
      fc.property(cases, ({ secret, index, issuedAt, age }) => {
        const value = cookieOf(affinityOf(hour, secret), members[index], issuedAt);
        expect(affinityOf(hour, secret).bindingOf(value, issuedAt + age)).toEqual({
          backend: members[index],
          issuedAt,
          usedAt: issuedAt,
          isCurrent: true,
        });
      }),
    );
  });

  test("with any bit changed is none", () => {
    const value = cookieOf(affinityOf());
    for (let at = 0; at < value.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit));
        const forged = value.slice(0, at) + changed + value.slice(at + 1);
        expect([at, bit, affinityOf().bindingOf(forged, start)]).toEqual([at, bit, null]);
      }
    }
  });

  test("that is any other text is none, whatever the text", () => {
    const affinity = affinityOf();
    const value = cookieOf(affinity);
    const pieces = fc.constantFrom(
      "",
      value,
      value.slice(1),
      `${value}x`,
      `"${value}"`,
      ` ${value}`,
    );
    const texts = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 10_000 }), pieces);
    fc.assert(
      fc.property(texts, (text) => {
        expect(affinity.bindingOf(text, start)).toEqual(text === value ? expect.anything() : null);
      }),
    );
  });

  test("of another secret, another pool or a backend that is gone is none", () => {
    const value = cookieOf(affinityOf());
    expect(affinityOf(hour, "other").bindingOf(value, start)).toBeNull();
    const signers = [signerOf("secret")];
    expect(new Affinity(hour, signers, poolOf("api")).bindingOf(value, start)).toBeNull();
    const left = poolOf("web", [b0]);
    expect(new Affinity(hour, signers, left).bindingOf(value, start)).toBeNull();
  });

  test("holds no name, no address and no port", () => {
    const named = backend(0, { id: "10.1.2.3:8081", host: "10.1.2.3", port: 8081 });
    const affinity = new Affinity(hour, [signerOf("secret")], poolOf("web", [named]));
    const value = cookieOf(affinity, named);
    const parts = value.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
    for (const text of [value, ...parts]) expect(text).not.toMatch(/10.1.2|8081|web/);
  });

  test("is made of characters that a cookie may have", () => {
    expect(cookieOf(affinityOf())).toMatch(/^[\w.-]{54}$/);
  });
});

describe("time", () => {
  test("a session ends with its ttl, however busy it is", () => {
    const affinity = affinityOf(half);
    let { value } = affinity.bind(b1, null, start);
    for (let now = start; now < start + 3_600; now += 600) {
      const binding = affinity.bindingOf(value, now);
      expect(binding?.backend).toBe(b1);
      if (binding !== null && affinity.isRenewalDue(binding, now)) {
        ({ value } = affinity.bind(b1, binding, now));
      }
    }
    expect(affinity.bindingOf(value, start + 3_599)).not.toBeNull();
    expect(affinity.bindingOf(value, start + 3_600)).toBeNull();
  });

  test("a session ends with a pause of `idle`", () => {
    const affinity = affinityOf(half);
    const value = cookieOf(affinity);
    expect(affinity.bindingOf(value, start + 1_799)).not.toBeNull();
    expect(affinity.bindingOf(value, start + 1_800)).toBeNull();
  });

  test.each([
    [half, 900, false],
    [half, 901, true],
    [hour, 3_599, false],
  ])("with %j a cookie is renewed after %i s: %s", (settings, age, isDue) => {
    const affinity = affinityOf(settings);
    const now = start + age;
    const binding = affinity.bindingOf(cookieOf(affinity), now);
    expect(binding && affinity.isRenewalDue(binding, now)).toBe(isDue);
  });

  test("the client may forget its cookie when it is worth nothing any more", () => {
    const affinity = affinityOf(half);
    expect(affinityOf(hour).bind(b1, null, start).maxAge).toBe(3_600);
    expect(affinity.bind(b1, null, start).maxAge).toBe(1_800);
    const binding = { backend: b1, issuedAt: start, usedAt: start, isCurrent: true };
    expect(affinity.bind(b1, binding, start + 1_000).maxAge).toBe(1_800);
    expect(affinity.bind(b1, binding, start + 3_000).maxAge).toBe(600);
  });

  test("a client that moves begins a new session", () => {
    const binding = { backend: b1, issuedAt: start, usedAt: start, isCurrent: true };
    const affinity = affinityOf();
    const { value, maxAge } = affinity.bind(b0, binding, start + 3_000);
    expect(maxAge).toBe(3_600);
    expect(affinity.bindingOf(value, start + 6_599)?.backend).toBe(b0);
  });

  test("a cookie from the future is none, but for what clocks of two machines differ", () => {
    const value = cookieOf(affinityOf());
    expect(affinityOf().bindingOf(value, start - 60)).not.toBeNull();
    expect(affinityOf().bindingOf(value, start - 61)).toBeNull();
  });
});

describe("secrets", () => {
  test("an older one is believed, and its cookies are renewed", () => {
    const value = cookieOf(affinityOf(hour, "old"));
    const affinity = affinityOf(hour, "new", "old");
    const binding = affinity.bindingOf(value, start + 10);
    expect(binding).toMatchObject({ backend: b1, issuedAt: start, isCurrent: false });
    if (binding === null) return;
    expect(affinity.isRenewalDue(binding, start + 10)).toBe(true);
    const renewed = affinity.bind(b1, binding, start + 10).value;
    expect(affinityOf(hour, "new").bindingOf(renewed, start + 10)).toMatchObject({
      backend: b1,
      issuedAt: start,
      isCurrent: true,
    });
  });

  test("one that was removed is not", () => {
    const value = cookieOf(affinityOf(hour, "old"));
    expect(affinityOf(hour, "new").bindingOf(value, start)).toBeNull();
  });
});

describe("what it costs", () => {
  function counted(): { signer: CountedSigner; affinity: Affinity; since: () => number } {
    const signer = signerOf("secret");
    const affinity = new Affinity(hour, [signer], poolOf());
    let before = signer.signed;
    return {
      signer,
      affinity,
      since: () => {
        const now = signer.signed;
        const count = now - before;
        before = now;
        return count;
      },
    };
  }

  test("a cookie that was seen before is not verified again", () => {
    const { affinity, since } = counted();
    const value = cookieOf(affinityOf());
    for (let turn = 0; turn < 100; turn++) affinity.bindingOf(value, start);
    expect(since()).toBe(1);
  });

  test("sessions that begin in one second at one backend share a signature", () => {
    const { affinity, since } = counted();
    const values = Array.from({ length: 100 }, () => cookieOf(affinity));
    expect([new Set(values).size, since()]).toEqual([1, 1]);
  });

  test("forged ones are not remembered, and many sessions do not fill the memory for ever", () => {
    const { affinity, since } = counted();
    const value = cookieOf(affinityOf());
    const forged = `${value.slice(0, -1)}${value.endsWith("A") ? "B" : "A"}`;
    affinity.bindingOf(forged, start);
    affinity.bindingOf(forged, start);
    expect(since()).toBe(2);
    affinity.bindingOf(value, start);
    for (let second = 1; second <= 9_000; second++) cookieOf(affinity, b0, start + second);
    since();
    expect(affinity.bindingOf(value, start)?.backend).toBe(b1);
    expect(since()).toBe(1);
  });
});

test("who is bound to a backend that stays, by its id, stays bound when members change", () => {
  const affinity = affinityOf();
  const [one, two] = [cookieOf(affinity, b0), cookieOf(affinity, b1)];
  const heavier = { ...b1, weight: 5 };
  affinity.rebuild(poolOf("web", [heavier]));
  expect(affinity.bindingOf(two, start)?.backend).toBe(heavier);
  expect(affinity.bindingOf(one, start)).toBeNull();
});

test("needs a signer", () => {
  expect(() => new Affinity(hour, [], poolOf())).toThrow("signers");
});
