/* What becomes of a message on its way through: what the backend sees, and what the client gets back. */
import { createHash, randomBytes } from "node:crypto";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask } from "../stage/ask.ts";
import { ownServer } from "../stage/own-server.ts";
import { exchangeRaw, parseAnswer, RawClient, requestHead } from "../stage/raw-client.ts";
import type { Balancer, Settings, Stage } from "../stage/stage.ts";

/** What `/echo` of a test-backend says of a request. */
interface Echo {
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bodyLength: number;
  readonly bodySha256: string;
}

const forwarded = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via"];

export const messageCases: readonly AcceptanceCase[] = [
  caseOf("messages", "forwarded", {
    sentence: "backends learn who asked, and what a client claims about itself is dropped",
    check: checkForwarded,
  }),
  caseOf("messages", "trusted-proxy", {
    sentence: "a trusted proxy is believed, and its X-Forwarded-For is added to",
    check: checkTrusted,
  }),
  caseOf("messages", "hop-by-hop", {
    sentence: "hop-by-hop fields and those that Connection names go no further, in both directions",
    check: checkHopByHop,
  }),
  caseOf("messages", "target", {
    sentence: "a target arrives byte for byte",
    check: checkTargets,
  }),
  caseOf("messages", "bodies", {
    sentence:
      "bodies arrive whole in both directions, with a length or in chunks, small or of megabytes",
    check: checkBodies,
  }),
  caseOf("messages", "trailers", {
    sentence: "trailers go on in both directions, except those that should have come earlier",
    check: checkTrailers,
  }),
  caseOf("messages", "pipelining", {
    sentence: "requests that come together are answered in their order",
    check: checkPipelining,
  }),
  caseOf("messages", "continue", {
    sentence: "100-continue is given, and the answer follows",
    check: checkContinue,
  }),
  caseOf("messages", "tunnel", {
    sentence: "a tunnel opens only after the backend's 101, and then carries bytes both ways",
    check: checkTunnel,
  }),
];

async function startEcho(stage: Stage, top: Settings = {}): Promise<Balancer> {
  const backend = await stage.backend("Server-1");
  return await stage.proxyFor([backend.origin], {}, top);
}

async function echoOf({ port }: Balancer, bytes: string): Promise<Echo> {
  const { status, body } = await exchangeRaw(port, bytes);
  mustEqual(status, 200, "the status");
  return JSON.parse(body) as Echo;
}

function valuesOf({ headers }: Echo, names: readonly string[]): Readonly<Record<string, string>> {
  const lines = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lines.filter(([name]) => names.includes(name)));
}

async function checkForwarded(stage: Stage): Promise<readonly Figure[]> {
  const balancer = await startEcho(stage);
  const claims = ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-Host: evil", "Forwarded: for=6.6.6.6"];
  const echo = await echoOf(balancer, requestHead("GET", "/echo", ...claims, "X-Real-IP: 6.6.6.6"));
  const expected = {
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "test",
    via: "1.1 evenkeel",
  };
  mustEqual(valuesOf(echo, [...forwarded, "forwarded", "x-real-ip"]), expected, "the fields");
  mustEqual(valuesOf(echo, ["host"]), { host: "test" }, "Host");
  return [{ name: "fields", value: forwarded.join(", ") }];
}

async function checkTrusted(stage: Stage): Promise<readonly Figure[]> {
  const listeners = [{ address: "127.0.0.1:0", trustedProxies: ["127.0.0.0/8"] }];
  const balancer = await startEcho(stage, { listeners });
  const told = ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https"];
  const echo = await echoOf(balancer, requestHead("GET", "/echo", ...told));
  const values = valuesOf(echo, ["x-forwarded-for", "x-forwarded-proto"]);
  const expected = { "x-forwarded-for": "192.0.2.7, 127.0.0.1", "x-forwarded-proto": "https" };
  mustEqual(values, expected, "the fields");
  return [{ name: "client", value: "192.0.2.7" }];
}

const hopByHop =
  /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|x-named)$/i;

async function checkHopByHop(stage: Stage): Promise<readonly Figure[]> {
  const echo = await echoOf(
    await startEcho(stage),
    "GET /echo HTTP/1.1\r\nHost: test\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n" +
      "TE: trailers\r\nX-Named: by Connection\r\nUpgrade: h2c\r\nX-Stays: yes\r\n" +
      "Connection: close, x-named, upgrade\r\n\r\n",
  );
  const leaked = echo.headers.filter(([name]) => hopByHop.test(name));
  mustEqual(leaked, [], "hop-by-hop fields at the backend");
  mustEqual(valuesOf(echo, ["x-stays"]), { "x-stays": "yes" }, "an ordinary field");

  const origin = await ownServer(stage, (socket) => {
    const fields = "Keep-Alive: timeout=5\r\nX-Named: 1\r\nX-Stays: yes\r\nConnection: X-Named\r\n";
    socket.on("data", () => socket.write(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`));
  });
  const { port } = await stage.proxyFor([origin]);
  const { fields } = await exchangeRaw(port, requestHead("GET", "/"));
  const names = [...fields.keys()].filter((name) => hopByHop.test(name));
  mustEqual(names, ["connection"], "hop-by-hop fields at the client");
  mustEqual([fields.get("connection"), fields.get("x-stays")], ["close", "yes"], "the others");
  return [{ name: "leaked", value: "0", bound: "0" }];
}

async function checkTargets(stage: Stage): Promise<readonly Figure[]> {
  const balancer = await startEcho(stage);
  const targets = [
    "/echo?a=1&b=2&a=3",
    "/echo?q=%2F%20+%E2%82%AC&empty=&&flag",
    "/echo?u=http://x/?y=1&z=[1]{2}|3'4~5",
    "/echo?",
    "/echo?a=b?c=d&%2e%2E=/../x",
  ];
  for (const target of targets) {
    mustEqual((await echoOf(balancer, requestHead("GET", target))).target, target, "the target");
  }
  const odd = "/@scope%2fname/%E2%82%AC//x;y=1/%2e?q=%00";
  await exchangeRaw(balancer.port, requestHead("GET", odd));
  const record = await balancer.program.jsonLine("its record", ({ path }) => path === odd);
  mustEqual(record["status"], 200, "the status in the record of the odd target");
  return [{ name: "targets", value: `${targets.length + 1}` }];
}

const sizes = [0, 1, 1_000, 65_536, 3_000_000];

async function checkBodies(stage: Stage): Promise<readonly Figure[]> {
  const balancer = await startEcho(stage);
  for (const size of sizes) {
    const body = randomBytes(size);
    for (const isChunked of [false, true]) {
      const answer = await fetch(`${balancer.origin}/echo`, {
        method: "POST",
        ...(isChunked
          ? { body: ReadableStream.from([body.subarray(0, 7), body.subarray(7)]), duplex: "half" }
          : { body }),
      });
      const { bodyLength, bodySha256 } = (await answer.json()) as Echo;
      const sha256 = createHash("sha256").update(body).digest("hex");
      mustEqual([bodyLength, bodySha256], [size, sha256], `a body of ${size} bytes`);
    }
    for (const query of ["", "?chunked"]) {
      const answer = await fetch(`${balancer.origin}/bytes/${size}${query}`);
      const { length } = Buffer.from(await answer.arrayBuffer());
      mustEqual(length, size, `a response of ${size} bytes${query}`);
    }
  }
  return [{ name: "sizes", value: sizes.join(", ") }];
}

async function checkTrailers(stage: Stage): Promise<readonly Figure[]> {
  // The same harmless and harmful fields each way.
  const trailers =
    "X-Sum: abc\r\nHost: evil\r\nAuthorization: Basic eA==\r\nX-Forwarded-For: 6.6.6.6\r\n";
  const chunks = `3\r\nabc\r\n0\r\n${trailers}\r\n`;
  let seen = "";
  const origin = await ownServer(stage, (socket) => {
    socket.setEncoding("latin1").on("data", (text: string) => {
      seen += text;
      if (!/\r\n0\r\n([^\r]+\r\n)*\r\n$/.test(seen)) return;
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
    });
  });
  const { port } = await stage.proxyFor([origin]);
  const head = requestHead("POST", "/", "Transfer-Encoding: chunked", "TE: trailers");
  const { status, body } = await exchangeRaw(port, `${head}${chunks}`);
  mustEqual(status, 200, "the status");
  const sectionOf = (text: string): string => text.slice(text.lastIndexOf("0\r\n") + 3);
  mustEqual(sectionOf(seen), "X-Sum: abc\r\n\r\n", "the trailers at the backend");
  mustEqual(sectionOf(body), "X-Sum: abc\r\n\r\n", "the trailers at the client");
  return [{ name: "passed", value: "X-Sum" }];
}

async function checkPipelining(stage: Stage): Promise<readonly Figure[]> {
  const { port } = await startEcho(stage);
  const client = new RawClient(port);
  const targets = ["/delay/150", "/bytes/3", "/echo?last"];
  client.send(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
  await client.receive("/echo?last");
  const answers = client.received.split(/(?=HTTP\/1\.1 )/).map(parseAnswer);
  mustEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
    "the statuses",
  );
  mustMatch(answers[0]?.body ?? "", /"delayMs":150/, "the first answer");
  mustEqual(answers[1]?.body, "\x00\x01\x02", "the second answer");
  client.socket.destroy();
  return [{ name: "answers", value: `${answers.length} in order` }];
}

async function checkContinue(stage: Stage): Promise<readonly Figure[]> {
  const { port } = await startEcho(stage);
  const client = new RawClient(port);
  client.send(requestHead("POST", "/echo", "Expect: 100-continue", "Content-Length: 5"));
  await client.receive("HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  mustMatch(await client.receiveAll(), /"body":"hello"/, "the answer");
  return [{ name: "answers", value: "100, then 200" }];
}

async function checkTunnel(stage: Stage): Promise<readonly Figure[]> {
  const origin = await ownServer(stage, (socket) => {
    let isOpen = false;
    socket.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      if (isOpen) socket.write(text.toUpperCase());
      else if (text.startsWith("GET /open")) {
        isOpen = true;
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: acc\r\n\r\n",
        );
      } else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
    });
  });
  const balancer = await stage.proxyFor([origin]);
  const upgrade = "Host: a\r\nConnection: upgrade\r\nUpgrade: acc\r\n\r\n";
  const open = new RawClient(balancer.port);
  open.send(`GET /open HTTP/1.1\r\n${upgrade}`);
  await open.receive("HTTP/1.1 101");
  open.send("whisper");
  await open.receive("WHISPER");
  open.socket.destroy();

  const refused = new RawClient(balancer.port);
  refused.send(`GET /closed HTTP/1.1\r\n${upgrade}`);
  await refused.receive("\r\n\r\nno");
  must(!refused.received.includes(" 101 "), "a tunnel was opened that the backend did not open");
  refused.socket.destroy();
  mustEqual((await ask(balancer.origin)).status, 200, "an ordinary request afterwards");
  return [{ name: "tunnel", value: "after 101 only" }];
}
