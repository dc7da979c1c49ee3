import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { request } from "undici";
import { beforeAll, expect, test } from "vitest";
import { type RunningBalancer, startProxyFor } from "./evenkeel.ts";
import { eventually } from "./eventually.ts";
import { findFreePort } from "./free-port.ts";
import { startBackends, startSocketServer } from "./local-servers.ts";
import { exchangeRaw, parseAnswer, RawClient, requestHead } from "./raw-client.ts";
import { besideLoad } from "./steady-load.ts";

let balancer: RunningBalancer;
let backendOrigin = "";

beforeAll(async () => {
  const backends = await startBackends(2);
  backendOrigin = backends[0]?.origin ?? "";
  balancer = await startProxyFor(backends.map(({ origin }) => origin));
});

async function expectUnharmed(action: () => Promise<unknown>): Promise<void> {
  const { failures } = await besideLoad(balancer.origin, action);
  expect(failures).toEqual([]);
  expect(balancer.program.isRunning).toBe(true);
}

/** As long as asked for, different for every seed, and the same in every run. */
function randomBytesOf(seed: number, length: number): string {
  let bytes = Buffer.alloc(0);
  for (let i = 0; bytes.length < length; i++) {
    bytes = Buffer.concat([bytes, createHash("sha256").update(`${seed}/${i}`).digest()]);
  }
  return bytes.subarray(0, length).toString("latin1");
}

// The beginning of what a browser sends when it is told https:// for a plain port.
const clientHello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + randomBytesOf(0, 500);

test.each([
  ["a TLS ClientHello", clientHello],
  ["an SSH banner", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["null bytes", "\0".repeat(64)],
  ["a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"],
  ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  [
    "a length beside chunks",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "a chunk size that is none",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
  ],
  ["no Host", "GET / HTTP/1.1\r\n\r\n"],
])("%s is answered with 400 and the connection ends", async (_what, bytes) => {
  const { status, fields, body } = await exchangeRaw(balancer.port, bytes);
  expect(status).toBe(400);
  expect(fields).toContain("Connection: close");
  expect(fields).toContain("Content-Type: application/problem+json");
  expect(JSON.parse(body)).toMatchObject({ status: 400, error: "http_request_error" });
});

test.each([
  ["an HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["an HTTP/0.9 request", "GET /\r\n\r\n"],
])("%s is answered with 505 and the connection ends", async (_what, bytes) => {
  const { status, fields } = await exchangeRaw(balancer.port, bytes);
  expect(status).toBe(505);
  expect(fields).toContain("Connection: close");
});

test("random bytes on 200 connections end them and harm nobody", async () => {
  await expectUnharmed(async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, seed) => {
        const client = new RawClient(balancer.port);
        client.send(randomBytesOf(seed, 2_000));
        return parseAnswer(await client.receiveAll()).status;
      }),
    );
    expect(new Set(answers)).toEqual(new Set([400]));
  });
});

test("clients that leave in the middle of a head or body harm nobody", async () => {
  const abortedBefore = await abortedAt(backendOrigin);
  const unfinished = [
    "GET / HT",
    "GET / HTTP/1.1\r\nHost: a\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nsome",
    `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(200_000)}`,
  ];
  await expectUnharmed(async () => {
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const client = new RawClient(balancer.port);
        client.send(unfinished[index % unfinished.length] ?? "");
        await new Promise((resolve) => client.socket.write("", resolve));
        if (index % 2 === 0) client.reset();
        else client.socket.end();
        await client.receiveAll();
      }),
    );
  });
  // The backend was told: a half of a body that looks whole would be worse than none.
  await eventually(async () => (await abortedAt(backendOrigin)) > abortedBefore);
});

test("clients that leave in the middle of a response harm nobody", async () => {
  await expectUnharmed(async () => {
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const client = new RawClient(balancer.port);
        client.send(requestHead("GET", index % 2 === 0 ? "/bytes/50000000" : "/delay/60000"));
        if (index % 2 === 0) await client.receive("\r\n\r\n");
        client.reset();
      }),
    );
  });
});

async function abortedAt(origin: string): Promise<number> {
  const { body } = await request(`${origin}/__stats`);
  return ((await body.json()) as { readonly aborted: number }).aborted;
}

test("a backend that refuses connections: 502 as problem+json with the same word in Proxy-Status", async () => {
  const { port, program } = await startProxyFor([`http://127.0.0.1:${await findFreePort()}`]);
  for (const method of ["GET", "POST"]) {
    const { status, fields, body } = await exchangeRaw(port, requestHead(method, "/"));
    expect(status).toBe(502);
    expect(fields).toContain("Content-Type: application/problem+json");
    expect(fields).toContain("Proxy-Status: evenkeel; error=connection_refused");
    expect(JSON.parse(body)).toEqual({
      type: "about:blank",
      title: "Bad Gateway",
      status: 502,
      detail: expect.stringContaining("refused"),
      error: "connection_refused",
      requestId: expect.any(String),
    });
  }
  expect(program.isRunning).toBe(true);
});

test("one dead backend among living ones is not noticed by any client, whatever the method", async () => {
  const dead = `http://127.0.0.1:${await findFreePort()}`;
  const { origin } = await startProxyFor([dead, backendOrigin]);
  for (const method of ["GET", "POST", "PATCH", "DELETE"] as const) {
    for (let i = 0; i < 4; i++) {
      const { statusCode, body } = await request(`${origin}/echo`, { method, body: "kept" });
      expect([statusCode, await body.json()]).toMatchObject([200, { method, body: "kept" }]);
    }
  }
});

test.each([
  ["says nothing", "", 504, "http_response_timeout"],
  ["talks nonsense", "220 mail ESMTP\r\n", 502, "http_protocol_error"],
])("a backend that %s costs one request, not the process", async (_what, bytes, status, error) => {
  const silent = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(bytes));
  });
  const { origin: backend } = await startSocketServer(silent);
  const { port, program } = await startProxyFor([backend], { timeouts: { response: "100ms" } });
  const answer = await exchangeRaw(port, requestHead("POST", "/"));
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toMatchObject({ error });
  expect(program.isRunning).toBe(true);
});
