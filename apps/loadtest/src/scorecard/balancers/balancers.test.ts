import { expect, test } from "vitest";
import { LoadtestError } from "../../errors.ts";
import { isAtLeast, isWeighted, type PoolSetup } from "./balancer.ts";
import { caddyfile } from "./caddy.ts";
import { commandBalancer } from "./command-balancer.ts";
import { evenkeelConfig } from "./evenkeel.ts";
import { haproxyConfig } from "./haproxy.ts";
import { locateProgram } from "./installed-program.ts";
import { nginxConfig } from "./nginx.ts";
import { balancerNamed, knownBalancers } from "./registry.ts";

const setup: PoolSetup = {
  port: 8080,
  folder: "/tmp/x",
  servers: [
    { name: "a", port: 8081, weight: 5 },
    { name: "b", port: 8082, weight: 1 },
  ],
  sticky: false,
  inFlightPerServer: undefined,
};

const writers = {
  nginx: nginxConfig,
  haproxy: haproxyConfig,
  caddy: caddyfile,
  evenkeel: evenkeelConfig,
};

test.each(Object.entries(writers))("%s is told where to listen and what is behind", (_, write) => {
  const text = write(setup);
  for (const port of ["8080", "8081", "8082"]) expect(text).toContain(port);
});

test("every product has its own words for a weight, a cookie and a limit", () => {
  const everything = { ...setup, sticky: true, inFlightPerServer: 7 };
  expect(nginxConfig(everything)).toMatch(/weight=5 max_conns=7;[^]*sticky cookie/);
  expect(haproxyConfig(everything)).toMatch(/cookie SRV insert[^]*maxconn 7[^]*weight 5 cookie a/);
  expect(caddyfile(everything)).toMatch(/lb_policy cookie[^]*unhealthy_request_count 7/);
  expect(caddyfile(setup)).toContain("lb_policy weighted_round_robin 5 1");
  expect(evenkeelConfig(everything)).toMatch(/type|weight: 5[^]*sticky: [^]*inFlightPerBackend: 7/);
});

test("what a version lacks is said, and only of that version", () => {
  const [, nginx, haproxy, caddy] = knownBalancers("1.0.0");
  const sticky = { servers: [], sticky: true };
  expect(nginx?.lacks(sticky, "1.22.1")).toContain("1.29.6");
  expect(nginx?.lacks(sticky, "1.29.10")).toBeUndefined();
  expect(caddy?.lacks(setup, "2.6.2")).toContain("2.7");
  expect(caddy?.lacks(setup, "2.11.4")).toBeUndefined();
  expect(haproxy?.lacks({ ...setup, sticky: true }, "2.6.12")).toBeUndefined();
});

test.each([
  ["2.6.12", "2.6.2", true],
  ["2.6", "2.6.0", true],
  ["1.22.1", "1.29.6", false],
  ["3.0", "2.99", true],
])("version %s is at least %s: %s", (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected);
});

test("equal weights are no weights", () => {
  expect([isWeighted(setup.servers), isWeighted([{ weight: 2 }, { weight: 2 }])]).toEqual([
    true,
    false,
  ]);
});

test("a program that is not there is named with its Debian package", () => {
  expect(locateProgram("no-such-balancer", ["-v"], /(\d+)/)).toEqual({
    kind: "missing",
    reason:
      "no-such-balancer is not installed (Debian package: no-such-balancer; apt-get install no-such-balancer)",
  });
});

test("an unknown target is an error that names the nearest", () => {
  expect(() => balancerNamed("haprox", "1.0.0")).toThrow(
    /no target "haprox"; did you mean haproxy/,
  );
});

test("a command line is filled in word by word, without a shell", () => {
  const line = "mine=./balancer --listen :{port} --to {backends} --sticky={sticky} --max {limit}";
  const balancer = commandBalancer(line);
  expect(balancer.name).toBe("mine");
  expect(balancer.prepare(setup).binary.file).toBe("./balancer");
  expect(balancer.prepare(setup).args).toEqual([
    "--listen",
    ":8080",
    "--to",
    "http://127.0.0.1:8081;weight=5,http://127.0.0.1:8082;weight=1",
    "--sticky=false",
    "--max",
    "0",
  ]);
});

test("without {sticky} a command has no sticky sessions, and says so", () => {
  const balancer = commandBalancer("mine=x {port} {backends}");
  expect(balancer.lacks({ servers: [], sticky: true }, "")).toContain("{sticky}");
  expect(balancer.lacks({ servers: [], sticky: false }, "")).toBeUndefined();
});

test.each(["x {port} {backends}", "mine=x {port}", "mine="])("%j is no command", (text) => {
  expect(() => commandBalancer(text)).toThrow(LoadtestError);
});
