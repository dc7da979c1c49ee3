import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { type RawBackend, ok } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startPair } from "./support/run-proxy.ts";

const header = "PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n";
const trusting = { trustedProxies: ["127.0.0.1"] };

interface Scene {
  readonly proxy: TestProxy;
  readonly backend: RawBackend;
  readonly client: RawClient;
}

async function startScene(listener: Readonly<Record<string, unknown>>): Promise<Scene> {
  const { proxy, backend } = await startPair({ listener }, () => ok());
  return { proxy, backend, client: await openClient(proxy.port) };
}

/** What the backend was told of the client. */
function forwardedFor({ backend }: Scene): readonly string[] {
  return backend.requests.flatMap(({ fields }) =>
    fields.flatMap(([name, value]) => (name === "X-Forwarded-For" ? [value] : [])),
  );
}

test("the address in the header is the client's, for every request of the connection", async () => {
  const scene = await startScene({ ...trusting, proxyProtocol: "v1" });
  await scene.client.request(header + get("/1"));
  await scene.client.request(get("/2"));
  expect(forwardedFor(scene)).toEqual(["192.0.2.7", "192.0.2.7"]);
  const records = await scene.proxy.recorded(2);
  expect(records.map(({ client_ip }) => client_ip)).toEqual(["192.0.2.7", "192.0.2.7"]);
});

test("a header may come in pieces, and the request in the last of them", async () => {
  const scene = await startScene({ ...trusting, proxyProtocol: "any" });
  const bytes = header + get();
  for (const [from, to] of [
    [0, 3],
    [3, 20],
    [20, bytes.length],
  ] as const) {
    scene.client.send(bytes.slice(from, to));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await scene.client.response()).line).toContain(" 200 ");
  expect(forwardedFor(scene)).toEqual(["192.0.2.7"]);
});

test("forwarded fields of a client that is not trusted itself are not believed", async () => {
  const scene = await startScene({ ...trusting, proxyProtocol: "v1" });
  await scene.client.request(header + get("/", "X-Forwarded-For: 1.1.1.1\r\n"));
  expect(forwardedFor(scene)).toEqual(["192.0.2.7"]);
});

test("a sender that speaks for itself keeps its own address", async () => {
  const scene = await startScene({ ...trusting, proxyProtocol: "v1" });
  await scene.client.request(`PROXY UNKNOWN\r\n${get()}`);
  expect(forwardedFor(scene)).toEqual(["127.0.0.1"]);
});

test("a trusted peer without a header is cut off, told nothing, and noticed", async () => {
  const { proxy, backend, client } = await startScene({ ...trusting, proxyProtocol: "v1" });
  client.send(get());
  await client.until("it is cut off", () => client.isClosed || client.isEnded);
  expect([client.received, backend.requests]).toEqual(["", []]);
  expect(proxy.notices).toMatchObject([
    {
      kind: "proxy-header-refused",
      message: "a connection from 127.0.0.1 was closed: no PROXY header",
    },
  ]);
});

test("a peer that is not trusted cannot choose its address", async () => {
  const scene = await startScene({ trustedProxies: ["10.0.0.0/8"], proxyProtocol: "any" });
  expect((await scene.client.request(header + get())).line).toContain(" 400 ");
  expect(scene.backend.requests).toEqual([]);
  const other = await openClient(scene.proxy.port);
  expect((await other.request(get())).line).toContain(" 200 ");
  expect(forwardedFor(scene)).toEqual(["127.0.0.1"]);
});

test("without the option a header is a bad request", async () => {
  const { client } = await startScene(trusting);
  expect((await client.request(header + get())).line).toContain(" 400 ");
});

test("a header that does not end has as long as a request head", async () => {
  const { client } = await startScene({
    ...trusting,
    proxyProtocol: "v1",
    timeouts: { header: "50ms" },
  });
  client.send("PROXY TCP4 ");
  await client.until("it is cut off", () => client.isClosed || client.isEnded);
  expect(client.received).toBe("");
});

test("every peer of a unix socket is believed", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "evenkeel-preface-")), "socket");
  const address = `unix:${path}`;
  const { backend, proxy } = await startPair({ listener: { address, proxyProtocol: "v1" } }, () =>
    ok(),
  );
  const client = await openClient(path);
  await client.request(header + get());
  expect(forwardedFor({ backend, proxy, client })).toEqual(["192.0.2.7"]);
});
