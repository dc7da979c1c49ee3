import { beforeAll, expect, test } from "vitest";
import { type RunningBalancer, startProxy, startProxyFor } from "./evenkeel.ts";
import { type Recorder, startBackend, startRecorder } from "./local-servers.ts";
import { exchangeRaw, parseAnswer, RawClient, requestHead } from "./raw-client.ts";

interface Echo {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly trailers: readonly (readonly [string, string])[];
  readonly body: string;
}

let balancer: RunningBalancer;
let recorder: Recorder;
let recorded: RunningBalancer;

beforeAll(async () => {
  const backend = await startBackend("Server-1");
  recorder = await startRecorder("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  balancer = await startProxyFor([backend.origin]);
  recorded = await startProxyFor([recorder.origin]);
});

async function echoOf(request: string): Promise<Echo> {
  const { status, body } = await exchangeRaw(balancer.port, request);
  expect(status).toBe(200);
  return JSON.parse(Buffer.from(body, "latin1").toString("utf8")) as Echo;
}

test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
  "%s reaches the backend",
  async (method) => {
    expect(await echoOf(requestHead(method, "/echo"))).toMatchObject({ method, target: "/echo" });
  },
);

test.each(["POST", "PUT", "PATCH", "DELETE"])("%s takes its body along", async (method) => {
  const head = `${method} /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\n`;
  expect(await echoOf(`${head}Content-Length: 5\r\n\r\nhello`)).toMatchObject({
    method,
    body: "hello",
  });
});

test("HEAD has the head of GET and no body", async () => {
  const [get, head] = await Promise.all(
    ["GET", "HEAD"].map((method) => exchangeRaw(balancer.port, requestHead(method, "/bytes/10"))),
  );
  expect(head?.body).toBe("");
  expect(get?.body).toHaveLength(10);
  expect(head?.fields).toContain("Content-Length: 10");
});

test("a method that nobody knows reaches the backend as it is", async () => {
  const { status } = await exchangeRaw(recorded.port, requestHead("FOO", "/x"));
  expect(status).toBe(200);
  expect(recorder.heads.at(-1)).toMatch(/^FOO \/x HTTP\/1\.1\r\n/);
});

test.each([
  ["CONNECT", "test:443"],
  ["TRACE", "/echo"],
])("%s is refused with 405", async (method, target) => {
  const request = `${method} ${target} HTTP/1.1\r\nHost: test:443\r\nConnection: close\r\n\r\n`;
  const { status, fields, body } = await exchangeRaw(balancer.port, request);
  expect(status).toBe(405);
  expect(fields).toContain("Content-Type: application/problem+json");
  expect(fields.find((field) => field.startsWith("Allow:"))).toContain("GET");
  expect(JSON.parse(body)).toMatchObject({ status: 405 });
});

test.each([
  "/echo?a=1&b=2&a=3",
  "/echo?q=%2F%20+%E2%82%AC&empty=&&flag",
  "/echo?u=http://x/?y=1&z=[1]{2}|3'4~5",
  "/echo?",
  "/echo?a=b?c=d",
  "/echo/%2F/a%2fb;v=1//c",
])("the target %s arrives byte for byte", async (target) => {
  await exchangeRaw(recorded.port, requestHead("GET", target));
  expect(recorder.heads.at(-1)?.split("\r\n")[0]).toBe(`GET ${target} HTTP/1.1`);
});

const odd = [
  ["X-lower-UPPER", "1"],
  ["cookie", "a=1"],
  ["Accept", "text/html"],
  ["X-Twice", "first"],
  ["uSER-aGENT", "odd  spaces inside"],
  ["X-Twice", "second"],
  ["X-Latin1", "caf\xe9"],
  ["X-Empty", ""],
] as const;

test("request fields keep their order, case, values and duplicates", async () => {
  const lines = odd.map(([name, value]) => `${name}: ${value}`);
  const { headers } = await echoOf(requestHead("GET", "/echo", ...lines));
  const names = new Set(odd.map(([name]) => name as string));
  expect(headers.filter(([name]) => names.has(name))).toEqual(odd);
});

test("response fields keep their order, case, values and duplicates", async () => {
  const lines = [...odd, ["set-Cookie", "a=1"], ["Set-Cookie", "b=2"]].map(
    ([name, value]) => `${name}: ${value}`,
  );
  const answer = ["HTTP/1.1 200 Fine, thanks", ...lines, "Content-Length: 2", "", "ok"];
  const recorder = await startRecorder(answer.join("\r\n"));
  const { port } = await startProxyFor([recorder.origin]);
  const { fields, body } = await exchangeRaw(port, requestHead("GET", "/"));
  expect(fields.filter((field) => lines.includes(field))).toEqual(lines);
  expect(body).toBe("ok");
});

const hopByHop =
  /^(connection|keep-alive|proxy-connection|proxy-authorization|te|trailer|transfer-encoding|upgrade|x-named)$/i;

test("no hop-by-hop field reaches the backend", async () => {
  const { headers } = await echoOf(
    "GET /echo HTTP/1.1\r\nHost: test\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n" +
      "TE: trailers\r\nX-Named: by Connection\r\nUpgrade: h2c\r\nX-Stays: yes\r\n" +
      "Connection: close, x-named, upgrade\r\n\r\n",
  );
  expect(headers.filter(([name]) => hopByHop.test(name))).toEqual([]);
  expect(headers).toContainEqual(["X-Stays", "yes"]);
});

test("no hop-by-hop field reaches the client", async () => {
  const recorder = await startRecorder(
    "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nX-Named: by Connection\r\nX-Stays: yes\r\n" +
      "Connection: keep-alive, X-Named\r\nProxy-Connection: keep-alive\r\nContent-Length: 0\r\n\r\n",
  );
  const { port } = await startProxyFor([recorder.origin]);
  const { fields } = await exchangeRaw(port, requestHead("GET", "/"));
  const names = fields.map((field) => field.split(":")[0] ?? "");
  expect(names.filter((name) => hopByHop.test(name))).toEqual(["Connection"]);
  expect(fields).toContain("Connection: close");
  expect(fields).toContain("X-Stays: yes");
});

test("the backend learns who asked, and forged forwarded fields are gone", async () => {
  const { headers } = await echoOf(
    requestHead("GET", "/echo", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6"),
  );
  const forwarded = headers.filter(([name]) => /^(x-forwarded-.*|forwarded|via)$/i.test(name));
  expect(Object.fromEntries(forwarded.map(([name, value]) => [name.toLowerCase(), value]))).toEqual(
    {
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "test",
      via: "1.1 evenkeel",
    },
  );
  expect(headers.filter(([name]) => name === "Host")).toEqual([["Host", "test"]]);
});

test("pipelined requests on one connection are answered in their order", async () => {
  const client = new RawClient(balancer.port);
  const targets = ["/delay/50", "/bytes/3", "/echo?last"];
  client.send(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
  await client.receive("/echo?last");
  const answers = client.received.split(/(?=HTTP\/1\.1 )/).map(parseAnswer);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answers[0]?.body).toContain('"delayMs":50');
  expect(answers[1]?.body).toBe("\x00\x01\x02");
  client.reset();
});

test("100-continue is asked for, given and followed by the answer", async () => {
  const client = new RawClient(balancer.port);
  client.send(
    "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n" +
      "Content-Length: 5\r\n\r\n",
  );
  await client.receive("HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  expect(await client.receiveAll()).toContain('"body":"hello"');
});

test("a host without a route is answered with 404 as problem+json", async () => {
  const { port } = await startProxy({
    pools: { web: { healthCheck: false, backends: ["http://127.0.0.1:1"] } },
    routes: [{ host: "only.example", pool: "web" }],
  });
  const { status, fields, body } = await exchangeRaw(port, requestHead("GET", "/"));
  expect(status).toBe(404);
  expect(fields).toContain("Proxy-Status: evenkeel; error=destination_not_found");
  expect(JSON.parse(body)).toMatchObject({ status: 404, error: "destination_not_found" });
});
