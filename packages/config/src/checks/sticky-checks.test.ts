import { describe, expect, test } from "vitest";
import { configOf, problemsOf, warningsOf } from "../../test/load-text.ts";

const secret = "0123456789abcdef0123456789abcdef";

function poolOf(sticky: string, rest = ""): string {
  return `pools:\n  web:\n    backends: [http://a, http://b]\n    sticky: ${sticky}\n${rest}`;
}

function stickyOf(sticky: string): unknown {
  return configOf(poolOf(sticky)).config.pools[0]?.sticky;
}

test("sessions are not sticky unless somebody asks for it", () => {
  expect(stickyOf("false")).toBeNull();
  expect(configOf("pools: { web: { backends: [http://a] } }").config.pools[0]?.sticky).toBeNull();
});

test("a secret is enough; browsers' own rules are the defaults", () => {
  expect(stickyOf(`{ secret: ${secret} }`)).toEqual({
    cookie: "X-LB-Backend",
    ttlMs: 3_600_000,
    idleMs: 0,
    secrets: [secret],
    sameSite: "lax",
    secure: "auto",
    path: "/",
    domain: null,
    drain: "finish",
    forward: false,
  });
});

test("everything can be said, and a variable holds the secret", () => {
  const text = poolOf(
    "{ cookie: sid, ttl: 1h, idle: 30m, secrets: ['${NEW}', '${OLD}'], sameSite: strict, secure: true, path: /app, domain: .Example.com, drain: move, forward: true }",
  );
  const [NEW, OLD] = [secret, secret.toUpperCase()];
  expect(configOf(text, { env: { NEW, OLD } }).config.pools[0]?.sticky).toMatchObject({
    cookie: "sid",
    idleMs: 1_800_000,
    secrets: [NEW, OLD],
    domain: "example.com",
    drain: "move",
  });
});

describe("refuses", () => {
  test.each([
    ["{}", "pools.web.sticky: needs a secret of 32 or more characters"],
    ["{ ttl: 1h }", "pools.web.sticky: needs a secret of 32 or more characters"],
    [`{ secret: ${secret}, secrets: [${secret}] }`, "secret: is one of secrets; remove secret"],
    ["{ secret: short }", "expected a secret of 32 to 512 visible ASCII characters"],
    ["{ secrets: [] }", "needs at least one secret"],
    [`{ secret: ${secret}, cookie: 'a b' }`, "a cookie's name has 1 to 64"],
    [`{ secret: ${secret}, path: 'x' }`, "a path begins with /"],
    [`{ secret: ${secret}, path: '/;x' }`, "a path begins with /"],
    [`{ secret: ${secret}, domain: 'a b' }`, "is not a domain"],
    [`{ secret: ${secret}, sameSite: none, secure: false }`, "browsers take none only with secure"],
    [`{ secret: ${secret}, cookie: __Host-lb, secure: false }`, "such a name only with secure"],
    [
      `{ secret: ${secret}, cookie: __Host-lb, path: /a }`,
      "__Host- only with path / and no domain",
    ],
    [`{ secret: ${secret}, ttl: 500ms }`, "must be at least 1s"],
    [`{ secret: ${secret}, drain: stay }`, "expected one of finish, move"],
    [`{ secret: ${secret}, ttll: 1h }`, 'did you mean "ttl"?'],
    ["true", "expected false, or a mapping"],
  ])("%s", (sticky, message) => {
    const problems = problemsOf(poolOf(sticky));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  test("a secret without quoting it", () => {
    for (const text of ["secret: tooshort-4711", "secret: 4711", "secret: [tooshort-4711]"]) {
      const problems = problemsOf(poolOf(`{ ${text} }`));
      expect(problems).toHaveLength(1);
      expect(problems.join()).not.toContain("4711");
    }
  });
});

describe("warns", () => {
  test("of two pools with the same cookie", () => {
    const api = `  api:\n    backends: [http://c]\n    sticky: { secret: ${secret} }\n`;
    expect(warningsOf(poolOf(`{ secret: ${secret} }`, api)).join()).toContain(
      "X-LB-Backend is the cookie of pool web, too: clients of both will not stick",
    );
    expect(warningsOf(poolOf(`{ secret: ${secret}, cookie: web }`, api)).join()).not.toContain(
      "too:",
    );
  });

  test.each([
    [`{ secret: ${secret}, idle: 2h }`, "", "is not shorter than ttl (1h), which holds"],
    [`{ secret: ${secret} }`, "    strategy: ip-hash\n", "keeps clients where they are, too"],
  ])("of %s", (sticky, rest, message) => {
    expect(warningsOf(poolOf(sticky, rest)).join()).toContain(message);
  });
});
