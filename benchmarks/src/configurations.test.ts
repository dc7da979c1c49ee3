import { expect, test } from "vitest";
import { isInline, nginxBackendConfig } from "./backend/nginx-backend.ts";
import { payload } from "./backend/payload.ts";
import { caddyfile } from "./proxies/caddy.ts";
import { evenkeelConfig } from "./proxies/evenkeel.ts";
import { haproxyConfig } from "./proxies/haproxy.ts";
import { nginxConfig } from "./proxies/nginx.ts";

const setup = { port: 1111, backendPort: 2222, directory: "/d" };

test("nginx keeps connections to the backend, runs one worker and writes no log", () => {
  const text = nginxConfig(setup, []);
  for (const line of [
    "worker_processes 1;",
    "access_log off;",
    "keepalive 64;",
    "proxy_http_version 1.1;",
    'proxy_set_header Connection "";',
    "listen 127.0.0.1:1111",
    "server 127.0.0.1:2222;",
  ]) {
    expect(text).toContain(line);
  }
  expect(nginxConfig(setup, ["proxy_buffers 16 16k;"])).toContain("proxy_buffers 16 16k;");
});

test("HAProxy runs one thread, always reuses and has no log", () => {
  const text = haproxyConfig(setup);
  expect(text).toContain("nbthread 1");
  expect(text).toContain("http-reuse always");
  expect(text).not.toMatch(/^\s*log/m);
});

test("Caddy has no admin listener and keeps 64 connections", () => {
  expect(caddyfile(setup)).toContain("admin off");
  expect(caddyfile(setup)).toContain("keepalive_idle_conns_per_host 64");
});

test("Evenkeel runs one worker and differs between variants in the log only", () => {
  const off = evenkeelConfig(setup, { accessLog: "off" });
  expect(off).toContain("workers: 1\n");
  expect(off).toContain("connections: { poolSize: 64 }");
  expect(off.replace("accessLog: off", "accessLog: json")).toBe(
    evenkeelConfig(setup, { accessLog: "json" }),
  );
});

test("Evenkeel's other variants change what they are named for", () => {
  const plain = evenkeelConfig(setup, { accessLog: "off" });
  expect(plain.replace("poolSize: 64 }", "poolSize: 64, pipelining: true }")).toBe(
    evenkeelConfig(setup, { accessLog: "off", pipelining: true }),
  );
  expect(plain.replace("workers: 1", "workers: 2")).toBe(
    evenkeelConfig(setup, { accessLog: "off", workers: 2 }),
  );
  expect(plain).not.toContain("requestsPerConnection");
});

test("the backend's small bodies stand in its configuration, large ones in files", () => {
  const text = nginxBackendConfig({
    port: 3,
    echoPort: 4,
    workers: 2,
    directory: "/d",
    responseSizes: [102, 51_200],
  });
  expect(text).toContain(`location = /bytes/102 { return 200 "${payload(102).toString()}"; }`);
  expect(text).not.toContain("/bytes/51200");
  expect([102, 51_200].map(isInline)).toEqual([true, false]);
});

test("a payload is the same every time, plain letters and digits, and does not repeat", () => {
  const text = payload(51_200).toString();
  expect(text).toMatch(/^[a-z0-9]{51200}$/);
  expect(text.indexOf(text.slice(0, 64), 1)).toBe(-1);
  expect(payload(102).equals(payload(102))).toBe(true);
});
