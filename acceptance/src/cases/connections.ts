/* Where connections come from and go to: files instead of ports, and who the client is when another one speaks for it. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { eventually } from "../stage/eventually.ts";
import { ownServer } from "../stage/own-server.ts";
import { exchangeRaw, isRefused, RawClient, requestHead } from "../stage/raw-client.ts";
import type { Balancer, Settings, Stage } from "../stage/stage.ts";

/** How each version says that 192.0.2.7 asked 198.51.100.1 from port 12345 for port 443; latin1. */
const headers = {
  v1: "PROXY TCP4 192.0.2.7 198.51.100.1 12345 443\r\n",
  v2: "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x30\x39\x01\xbb",
} as const;
type Version = keyof typeof headers;

const versions: readonly Version[] = ["v1", "v2"];

export const connectionCases: readonly AcceptanceCase[] = [
  caseOf("connections", "unix", {
    sentence:
      "both sides may be unix sockets: with the mode that was set, checked, recorded, and gone at the end",
    check: checkUnix,
  }),
  ...versions.flatMap((version) => [
    caseOf("connections", `proxy-${version}-in`, {
      sentence: `a PROXY header (${version}) of a trusted peer names the client, and nobody else's is believed`,
      check: async (stage) => await checkHeaderIn(stage, version),
    }),
    caseOf("connections", `proxy-${version}-out`, {
      sentence: `connections to backends begin with a PROXY header (${version}), and each is one client's alone`,
      check: async (stage) => await checkHeaderOut(stage, version),
    }),
  ]),
];

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async function checkUnix(stage: Stage): Promise<readonly Figure[]> {
  const [front, back] = [join(stage.folder, "front.sock"), join(stage.folder, "back.sock")];
  const targets = new Set<string>();
  const serve = await ownServer(
    stage,
    (socket) => {
      socket.setEncoding("latin1").on("data", (text: string) => {
        targets.add(text.split(" ")[1] ?? "");
        socket.write(answer);
      });
    },
    back,
  );
  const pools = { web: { backends: [serve], healthCheck: { path: "/health", interval: "200ms" } } };
  const listeners = [{ address: `unix:${front}`, mode: "0600" }];
  const { program } = await stage.proxy({ pools, listeners });
  mustEqual(statSync(front).mode & 0o777, 0o600, "the mode of the socket");
  const { status, body } = await exchangeRaw(front, requestHead("GET", "/through"));
  mustEqual([status, body], [200, "ok"], "the answer");
  await eventually("it is checked", () => targets.has("/health"));
  must(targets.has("/through"), `the backend saw ${[...targets].join(", ")}`);
  program.kill("SIGTERM");
  const { code, stdout } = await program.ended;
  mustEqual(code, 0, "the exit code");
  mustMatch(stdout, /"client_ip":"unix"/, "the access record");
  must(!existsSync(front), "the socket was left behind");
  return [{ name: "answer", value: "200 from a file to a file" }];
}

/** What a balancer's backend got on each of its connections. */
interface Scene {
  readonly balancer: Balancer;
  readonly received: readonly { text: string }[];
}

async function startScene(stage: Stage, listener: Settings, pool: Settings): Promise<Scene> {
  const received: { text: string }[] = [];
  const backend = await ownServer(stage, (socket) => {
    const connection = { text: "" };
    received.push(connection);
    socket.setEncoding("latin1").on("data", (text: string) => {
      connection.text += text;
      if (connection.text.endsWith("\r\n\r\n")) socket.write(answer);
    });
  });
  const listeners = [{ address: "127.0.0.1:0", ...listener }];
  return { balancer: await stage.proxyFor([backend], pool, { listeners }), received };
}

async function checkHeaderIn(stage: Stage, version: Version): Promise<readonly Figure[]> {
  const listener = { trustedProxies: ["127.0.0.1"], proxyProtocol: version };
  const { balancer, received } = await startScene(stage, listener, {});
  const { port, program } = balancer;
  const client = new RawClient(port);
  // In two pieces: a header need not come whole.
  client.send(headers[version].slice(0, 9));
  client.send(headers[version].slice(9) + get);
  await client.receive("ok");
  client.socket.destroy();
  mustMatch(received[0]?.text ?? "", /\r\nX-Forwarded-For: 192\.0\.2\.7\r\n/, "the backend's view");
  await program.jsonLine("its record", (line) => line["client_ip"] === "192.0.2.7");
  const without = new RawClient(port);
  without.send(get);
  mustEqual(await without.receiveAll(), "", "the answer to a trusted peer that sends no header");
  // Where none is expected, and where one is, but not from this peer.
  for (const [trusted, proxyProtocol] of [
    ["127.0.0.1", "off"],
    ["192.0.2.0/24", version],
  ]) {
    const other = await startScene(stage, { trustedProxies: [trusted], proxyProtocol }, {});
    const refused = await exchangeRaw(other.balancer.port, headers[version] + get);
    mustEqual(refused.status, 400, `the status of a header with ${trusted} and ${proxyProtocol}`);
    mustEqual(other.received.length, 0, "connections to the backend for it");
  }
  return [{ name: "client", value: "192.0.2.7" }];
}

async function checkHeaderOut(stage: Stage, version: Version): Promise<readonly Figure[]> {
  const listener = { trustedProxies: ["127.0.0.1"], proxyProtocol: version };
  const { balancer, received } = await startScene(stage, listener, { proxyProtocol: version });
  const clients = [new RawClient(balancer.port), new RawClient(balancer.port)];
  const ports = ["\x30\x39", "\x30\x3a"];
  const begins = ["12345", "12346"].map((port, index) =>
    headers[version].replace("12345", port).replace("\x30\x39\x01", `${ports[index]}\x01`),
  );
  for (let turn = 0; turn < 2; turn++) {
    for (const [index, client] of clients.entries()) {
      client.received = "";
      client.send((turn === 0 ? (begins[index] ?? "") : "") + get);
      await client.receive("ok");
    }
  }
  mustEqual(received.length, 2, "connections to the backend, for two clients");
  for (const [index, { text }] of received.entries()) {
    const header = begins[index] ?? "";
    mustEqual(text.slice(0, header.length), header, "how a connection to the backend begins");
    mustEqual(text.split("GET / HTTP/1.1").length - 1, 2, "requests on it");
  }
  await refusesAfterDrain(balancer);
  return [{ name: "connections", value: "2, one for each client, 2 requests on each" }];
}

/** Connections that are kept for a client do not keep the balancer from ending. */
async function refusesAfterDrain({ port, program }: Balancer): Promise<void> {
  program.kill("SIGTERM");
  mustEqual((await program.ended).code, 0, "the exit code");
  must(await isRefused(port), "the port still answers");
}
