import { networkInterfaces } from "node:os";
import { type AddressInfo, connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { atEnd } from "./support/concurrent.ts";
import { status, value, values } from "./support/message.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startPair, startTestProxy } from "./support/run-proxy.ts";

/** A port that hands every byte to the proxy, so that the proxy can be its own backend. */
async function startMirror(proxyOf: () => TestProxy): Promise<string> {
  const mirror = createServer((inbound) => {
    const outbound = connect({ port: proxyOf().port, host: "127.0.0.1" });
    inbound.on("error", () => outbound.destroy());
    outbound.on("error", () => inbound.destroy());
    inbound.pipe(outbound).pipe(inbound);
  });
  await new Promise<void>((resolve) => mirror.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    mirror.close();
  });
  return `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
}

test("no field and no target of a client names the server that is asked", async () => {
  const decoy = await startBackend(() => ok());
  const { proxy, backend } = await startPair({}, () => ok());
  const there = `127.0.0.1:${decoy.port}`;
  const attempts = [
    `GET / HTTP/1.1\r\nHost: ${there}\r\n\r\n`,
    `GET http://${there}/ HTTP/1.1\r\nHost: ${there}\r\n\r\n`,
    get("/", `X-Forwarded-Host: ${there}\r\nForwarded: host="${there}"\r\n`),
    get("/", `X-Original-URL: http://${there}/\r\nX-Rewrite-URL: http://${there}/\r\n`),
    `GET / HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n`,
  ];
  const client = await openClient(proxy.port);
  for (const request of attempts) expect(status(await client.request(request))).toBe(200);
  expect(backend.requests).toHaveLength(attempts.length);
  expect(decoy.connections).toHaveLength(0);
});

test("a request that comes back to the proxy again and again ends as 508", async () => {
  const proxies: TestProxy[] = [];
  const mirror = await startMirror(() => proxies[0] as TestProxy);
  const proxy = await startTestProxy({ backends: [mirror] });
  proxies.push(proxy);
  const client = await openClient(proxy.port);
  const response = await client.request(get());
  expect(status(response)).toBe(508);
  expect(value(response, "proxy-status")).toBe("evenkeel; error=proxy_loop_detected");
  // Eight passes and the one that is refused; each has its record.
  expect((await proxy.recorded(9)).map((record) => record.status)).toEqual(Array(9).fill(508));
});

test("a request that names us elsewhere, or another one much like us, has not passed us", async () => {
  const { proxy } = await startPair({}, () => ok());
  const client = await openClient(proxy.port);
  const names = "x evenkeel ".repeat(20);
  const others = "1.1 other (x evenkeel), 1.1 evenkeeler, 1.1 evenkeel-edge, 1.1 evenkeel:80, ";
  const fields = `User-Agent: ${names}\r\nVia: ${others.repeat(9)}\r\n`;
  expect(status(await client.request(get("/", fields)))).toBe(200);
});

const hasIPv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.family === "IPv6");

test.runIf(hasIPv6)(
  "an IPv4 client of an IPv6 socket is the IPv4 address that trust is given to",
  async () => {
    const backend = await startBackend(() => ok());
    const listener = { address: "[::]:0", trustedProxies: ["127.0.0.0/8"] };
    const proxy = await startTestProxy({ backends: [backend.url], listener });
    const client = await openClient(proxy.port);
    await client.request(get("/", "X-Forwarded-For: 192.0.2.7\r\n"));
    await client.request(get());
    const [request] = backend.requests;
    expect(request && values(request, "x-forwarded-for")).toEqual(["192.0.2.7, 127.0.0.1"]);
    const records = await proxy.recorded(2);
    expect(records.map((record) => record.client_ip)).toEqual(["192.0.2.7", "127.0.0.1"]);
  },
);

test.each([
  ["nothing", ""],
  ["unknown", "unknown"],
  ["an obfuscated name", "_hidden"],
  ["no address", "x:y"],
  ["a port", "1.2.3.4:80"],
  ["brackets", "[::1]"],
  ["a zone", "fe80::1%eth0"],
  ["a mapped address", "::ffff:10.0.0.1"],
  ["bytes outside ASCII", "\x80\xff"],
  ["9 kB of addresses", Array(900).fill("10.0.0.1").join(", ")],
])("a trusted peer's X-Forwarded-For is carried on when it says %s", async (_, claim) => {
  // The strategy asks for the client's address, so that it is read as well as carried.
  const pool = { strategy: "ip-hash" };
  const listener = { trustedProxies: ["127.0.0.1", "10.0.0.0/8"] };
  const { proxy, backend } = await startPair({ pool, listener }, () => ok());
  const client = await openClient(proxy.port);
  const response = await client.request(get("/", `X-Forwarded-For: ${claim}\r\n`));
  expect(status(response)).toBe(200);
  const [request] = backend.requests;
  const expected = claim === "" ? "127.0.0.1" : `${claim}, 127.0.0.1`;
  expect(request && values(request, "x-forwarded-for")).toEqual([expected]);
});

test("an X-Forwarded-For that is larger than a head may be is a 431", async () => {
  const { proxy, backend } = await startPair({ listener: { trustedProxies: ["127.0.0.1"] } });
  const client = await openClient(proxy.port);
  const fields = `X-Forwarded-For: ${"10.0.0.1, ".repeat(2_000)}\r\n`;
  expect(status(await client.request(get("/", fields)))).toBe(431);
  expect(backend.connections).toHaveLength(0);
});
