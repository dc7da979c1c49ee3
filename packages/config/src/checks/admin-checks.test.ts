import { describe, expect, test } from "vitest";
import { configOf, problemsOf } from "../../test/load-text.ts";

const pools = "pools: { web: { backends: [http://a] } }\n";
const token = "0123456789abcdef0123456789abcdef";

const adminOf = (text: string) => configOf(pools + text).config.admin;

describe("admin", () => {
  test("is off unless written", () => {
    expect(adminOf("")).toBeNull();
  });

  test("is an address, or a mapping with one", () => {
    const expected = {
      address: { kind: "tcp", host: "127.0.0.1", port: 9000 },
      token: null,
      allowedHosts: [],
    };
    expect(adminOf("admin: 127.0.0.1:9000")).toEqual(expected);
    expect(adminOf("admin: { address: 127.0.0.1:9000 }")).toEqual(expected);
  });

  test("keeps token and host names, the names in lower case", () => {
    expect(
      adminOf(`admin: { address: ":9000", token: ${token}, allowedHosts: [LB.internal.] }`),
    ).toEqual({
      address: { kind: "tcp", host: "", port: 9000 },
      token,
      allowedHosts: ["lb.internal"],
    });
  });

  test.each(["127.0.0.1:9000", "127.9.9.9:9000", "localhost:9000", "[::1]:9000", "unix:/run/a"])(
    "at %s needs no token",
    (address) => {
      expect(problemsOf(`${pools}admin: "${address}"`)).toEqual([]);
    },
  );

  test.each([":9000", "0.0.0.0:9000", "[::]:9000", "10.0.0.1:9000", "lb.internal:9000"])(
    "at %s is refused without a token",
    (address) => {
      expect(problemsOf(`${pools}admin: "${address}"`)).toEqual([
        `evenkeel.yaml:2:8 admin: others can reach ${address}: it needs a token of 32 or more characters`,
      ]);
      const guarded = `${pools}admin: { address: "${address}", token: ${token} }`;
      expect(problemsOf(guarded)).toEqual([]);
    },
  );

  test.each([
    ["too short", '"0123456789abcdef0123456789abcde"', ""],
    ["with a space", '"0123456789abcdef 0123456789abcdef"', ""],
    ["outside ASCII", '"0123456789abcdef0123456789abcdé"', ""],
    ["that is a number to YAML", "12345678901234567890123456789012", ", in quotes"],
  ])("refuses a token %s without repeating it", (_, written, more) => {
    expect(problemsOf(`${pools}admin: { address: "127.0.0.1:9000", token: ${written} }`)).toEqual([
      `evenkeel.yaml:2:44 admin.token: expected a token of 32 to 512 visible ASCII characters${more}`,
    ]);
  });

  test("says what is wrong with a host name", () => {
    const text = `${pools}admin: { address: "127.0.0.1:9000", allowedHosts: ["lb:9000", "a b", "[::1]"] }`;
    expect(problemsOf(text)).toEqual([
      'evenkeel.yaml:2:52 admin.allowedHosts[0]: a host is compared without its port; did you mean "lb"?',
      'evenkeel.yaml:2:63 admin.allowedHosts[1]: "a b" is not a host name',
      'evenkeel.yaml:2:70 admin.allowedHosts[2]: "[::1]" is not a host name',
    ]);
  });

  test("names the nearest key", () => {
    expect(problemsOf(`${pools}admin: { adress: "127.0.0.1:9000" }`)).toContain(
      'evenkeel.yaml:2:10 admin.adress: unknown key "adress"; did you mean "address"?',
    );
  });

  test.each([
    ["127.0.0.1:8080", "127.0.0.1:8080"],
    ["127.0.0.1:8080", ":8080"],
    [":8080", "127.0.0.1:8080"],
    ["localhost:8080", "127.0.0.1:8080"],
  ])("cannot be at %s when a listener is at %s", (admin, listener) => {
    const text = `${pools}listeners: [{ address: "${listener}" }]\nadmin: { address: "${admin}", token: ${token} }`;
    expect(problemsOf(text)).toEqual([
      `evenkeel.yaml:3:8 admin: listeners[0] listens on ${listener} already`,
    ]);
  });

  test("cannot be where the default listener is", () => {
    expect(problemsOf(`${pools}admin: 127.0.0.1:8080`)).toEqual([
      "evenkeel.yaml:2:8 admin: listeners[0] listens on 127.0.0.1:8080 already",
    ]);
  });

  test("may have the port of a listener on another address, and any free port", () => {
    const other = `${pools}listeners: [{ address: "10.0.0.1:9000" }]\nadmin: 127.0.0.1:9000`;
    expect(problemsOf(other)).toEqual([]);
    const free = `${pools}listeners: [{ address: "127.0.0.1:0" }]\nadmin: 127.0.0.1:0`;
    expect(problemsOf(free)).toEqual([]);
  });

  test("cannot be a backend, which would put it on the data port", () => {
    const text = "pools: { web: { backends: [http://a, http://localhost:9000] } }\n";
    expect(problemsOf(`${text}admin: 127.0.0.1:9000`)).toEqual([
      "evenkeel.yaml:1:38 pools.web.backends[1]: is the admin listener",
    ]);
  });
});

describe("a part of admin that another source gives", () => {
  const env = { EVENKEEL_ADMIN__TOKEN: token };

  test("goes with the address that the file has alone", () => {
    const { config, origins } = configOf(`${pools}admin: ":9000"`, { env });
    expect(config.admin).toMatchObject({ address: { host: "", port: 9000 }, token });
    expect(origins.get("admin.address")).toBe("evenkeel.yaml:2:8");
    expect(origins.get("admin.token")).toBe("EVENKEEL_ADMIN__TOKEN");
  });

  test("replaces the address and leaves the token", () => {
    const overrides = [
      { path: ["admin", "address"], value: "127.0.0.1:1", origin: "flag --admin" },
    ];
    const { config } = configOf(`${pools}admin: { address: ":9000", token: ${token} }`, {
      overrides,
    });
    expect(config.admin).toMatchObject({ address: { host: "127.0.0.1", port: 1 }, token });
    const alone = configOf(`${pools}admin: 127.0.0.1:9000`, { overrides }).config;
    expect(alone.admin?.address).toMatchObject({ port: 1 });
  });
});
