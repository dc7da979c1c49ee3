/* How a balancer goes, and how a worker of it does. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Socket } from "node:net";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask } from "../stage/ask.ts";
import { originsOf } from "../stage/backend-group.ts";
import { eventually } from "../stage/eventually.ts";
import { ownServer } from "../stage/own-server.ts";
import { isRefused, RawClient } from "../stage/raw-client.ts";
import { SteadyLoad } from "../stage/steady-load.ts";
import type { Balancer, Settings, Stage } from "../stage/stage.ts";

export const lifecycleCases: readonly AcceptanceCase[] = [
  caseOf("lifecycle", "drain", {
    sentence: "SIGTERM takes nothing new, completes what runs and exits 0",
    check: checkDrain,
  }),
  caseOf("lifecycle", "drain-timeout", {
    sentence: "what still runs after shutdown.timeout is cut off, and the exit code is still 0",
    check: checkDrainTimeout,
  }),
  caseOf("lifecycle", "second-signal", {
    sentence: "a second SIGTERM ends at once",
    check: checkSecondSignal,
  }),
  caseOf("lifecycle", "early-signal", {
    sentence: "SIGTERM in the moment in which it says that it listens drains and exits 0 as well",
    check: checkEarlySignal,
  }),
  caseOf("lifecycle", "drain-under-load", {
    sentence: "SIGTERM under load cuts no response off",
    check: checkDrainUnderLoad,
  }),
  caseOf("lifecycle", "worker-crash", {
    sentence:
      "a worker that crashes is reported and replaced, and the other keeps serving meanwhile",
    check: checkWorkerCrash,
  }),
  caseOf("lifecycle", "hostile-bytes", {
    sentence: "random bytes, half requests and rude ends harm no other client",
    check: checkHostileBytes,
  }),
];

interface SlowPair {
  readonly balancer: Balancer;
  /** Where a request waits for its answer. */
  readonly arrived: Promise<Socket>;
  readonly client: RawClient;
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole";

/** A balancer with one request in flight, which is answered when the case says so. */
async function startSlowPair(stage: Stage, top: Settings = {}): Promise<SlowPair> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const origin = await ownServer(stage, (socket) => socket.once("data", () => resolve(socket)));
  const balancer = await stage.proxyFor([origin], {}, top);
  const client = new RawClient(balancer.port);
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  await promise;
  return { balancer, arrived: promise, client };
}

async function whenRefusing({ port }: Balancer): Promise<void> {
  await eventually("new connections are refused", async () => await isRefused(port));
}

async function checkDrain(stage: Stage): Promise<readonly Figure[]> {
  const { balancer, arrived, client } = await startSlowPair(stage);
  balancer.program.kill("SIGTERM");
  await whenRefusing(balancer);
  must(balancer.program.isRunning, "it ended although a request was in flight");
  (await arrived).write(ok);
  mustMatch(await client.receiveAll(), /^HTTP\/1\.1 200 [^]*whole$/, "the answer");
  const { code, stdout } = await balancer.program.ended;
  mustEqual(code, 0, "the exit code");
  mustMatch(stdout, /"path":"\/slow"/, "the access record");
  return [{ name: "exit code", value: "0" }];
}

async function checkDrainTimeout(stage: Stage): Promise<readonly Figure[]> {
  const { balancer, client } = await startSlowPair(stage, { shutdown: { timeout: "300ms" } });
  balancer.program.kill("SIGTERM");
  const { code, stderr, stdout } = await balancer.program.ended;
  mustEqual([code, await client.receiveAll()], [0, ""], "the exit code, and what the client got");
  mustMatch(stderr, /drain timed out/, "the log");
  mustMatch(stdout, /"path":"\/slow"/, "the access record");
  return [{ name: "exit code", value: "0" }];
}

async function checkSecondSignal(stage: Stage): Promise<readonly Figure[]> {
  const { balancer } = await startSlowPair(stage, { shutdown: { timeout: "1h" } });
  balancer.program.kill("SIGTERM");
  await whenRefusing(balancer);
  balancer.program.kill("SIGTERM");
  const { code } = await balancer.program.ended;
  must(code !== 0, "the exit code is 0 although a request was cut off");
  return [{ name: "exit code", value: String(code) }];
}

const starts = 4;

async function checkEarlySignal(stage: Stage): Promise<readonly Figure[]> {
  const codes: (number | null)[] = [];
  for (let start = 0; start < starts; start++) {
    const { program } = await stage.proxyFor(["http://127.0.0.1:1"]);
    program.kill("SIGTERM");
    codes.push((await program.ended).code);
  }
  mustEqual(new Set(codes), new Set([0]), `the exit codes of ${starts} starts`);
  return [{ name: "exit codes", value: codes.join(", "), bound: "0" }];
}

/**
 * New connections are refused, and the kernel may reset those that no worker has accepted yet (design.md 3).
 * Nothing else may happen to a client.
 */
const harmless = /^no response: .*(ECONNREFUSED|ECONNRESET|other side closed)/;

async function checkDrainUnderLoad(stage: Stage): Promise<readonly Figure[]> {
  const { program, origin } = await stage.proxyFor(originsOf(await stage.backends(2)));
  const load = new SteadyLoad(origin, "/delay/20");
  await load.more(200);
  program.kill("SIGTERM");
  mustEqual((await program.ended).code, 0, "the exit code");
  const { completed, failures } = await load.stop();
  const cut = failures.filter((failure) => !harmless.test(failure));
  mustEqual(cut.slice(0, 5), [], "responses that were cut off");
  return [{ name: "completed", value: `${completed}, none cut off` }];
}

/** A bug in the data plane, planted by a module that Node loads first: the worker that finds the file dies of it. */
function plantedBug(file: string): string {
  return `import { isMainThread } from "node:worker_threads";
import { unlinkSync } from "node:fs";
if (!isMainThread) {
  setInterval(() => {
    try { unlinkSync(${JSON.stringify(file)}); } catch { return; }
    throw new Error("a planted bug");
  }, 20).unref();
}
`;
}

async function checkWorkerCrash(stage: Stage): Promise<readonly Figure[]> {
  const trigger = join(stage.folder, "crash");
  const module = await stage.writeFile("planted.mjs", plantedBug(trigger));
  const backends = originsOf(await stage.backends(2));
  const pools = { web: { healthCheck: false, backends } };
  const balancer = await stage.proxy({ pools }, { NODE_OPTIONS: `--import=${module}` });
  const load = new SteadyLoad(balancer.origin);
  await load.more(100);
  await writeFile(trigger, "");
  const died = await balancer.program.jsonLine("a worker died", ({ msg }) =>
    /worker \d died/.test(String(msg)),
  );
  mustMatch(String(died["msg"]), /a planted bug/, "the report of its death");
  const replaced = await balancer.program.jsonLine("it is replaced", ({ msg }) =>
    /was replaced/.test(String(msg)),
  );
  const { completed, failures } = await load.stop();
  // Requests in the dead worker are lost; with ten clients those are at most ten at once.
  must(failures.length <= 10, `${failures.length} requests failed: ${failures.slice(0, 3).join()}`);
  const after = await Promise.all(Array.from({ length: 40 }, () => ask(balancer.origin)));
  must(
    after.every(({ status }) => status === 200),
    "a request failed after the replacement",
  );
  must(!existsSync(trigger), "no worker found the file");
  const tookMs = Math.round(Number(replaced["afterMs"]));
  return [
    { name: "replaced after", value: `${tookMs} ms` },
    { name: "failed", value: `${failures.length} of ${completed}`, bound: "≤ 10" },
  ];
}

async function checkHostileBytes(stage: Stage): Promise<readonly Figure[]> {
  const { port, origin, program } = await stage.proxyFor(originsOf(await stage.backends(2)));
  const load = new SteadyLoad(origin);
  await load.more(50);
  const beginnings = [
    "GET / HT",
    "GET / HTTP/1.1\r\nHost: a\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nsome",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello",
    "\0".repeat(500),
    "GET /bytes/50000000 HTTP/1.1\r\nHost: a\r\n\r\n",
  ];
  const clients = Array.from({ length: 140 }, (_, index) => {
    const client = new RawClient(port);
    client.send(beginnings[index % beginnings.length] ?? "");
    return client;
  });
  await load.more(50);
  for (const { socket } of clients) socket.resetAndDestroy();
  await load.more(50);
  const { completed, failures } = await load.stop();
  mustEqual(failures.slice(0, 5), [], "failures of the other clients");
  must(program.isRunning, "the balancer ended");
  return [{ name: "others", value: `${completed} requests, 0 failed`, bound: "0" }];
}
