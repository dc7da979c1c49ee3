import { type AddressInfo, type Socket, createServer } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import type { StrictRequest } from "../strict/request.ts";
import { faults } from "./faults.ts";
import { type BackendLedger, FaultyConnection } from "./faulty-connection.ts";
import { Random } from "./random.ts";
import { StallSignal } from "./stalls.ts";

/** Runs as a thread: the backends, which go on while the proxy's loop stands still. */

export interface BackendsData {
  readonly seed: number;
  readonly count: number;
  readonly misbehaving: number;
  readonly stalls: SharedArrayBuffer;
}

export interface BackendsReport {
  readonly connections: number;
  readonly misbehaving: number;
  readonly requests: number;
  /** Of them, those that came together with others. */
  readonly batched: number;
  /** How often each fault could be acted out. */
  readonly planned: Readonly<Record<string, number>>;
  readonly strayedWhileStalled: number;
  readonly violations: readonly string[];
}

export type FromBackends =
  | { readonly kind: "listening"; readonly ports: readonly number[] }
  | { readonly kind: "report"; readonly report: BackendsReport };

const data = workerData as BackendsData;
const random = new Random(data.seed);
const stalls = new StallSignal(data.stalls);
const names = Object.keys(faults);
const planned: Record<string, number> = {};
const violations: string[] = [];
const posts = new Set<string>();
const sockets = new Set<Socket>();
let connections = 0;
let misbehaving = 0;
let requests = 0;
let batched = 0;
let strayedWhileStalled = 0;

const ledger: BackendLedger = {
  random,
  onRequest,
  onBatch: (count) => (batched += count),
  onViolation: (reason) => violations.push(`I1 a backend got ${reason}`),
  waitingForStall: new Map(),
};

function onRequest({ method, target }: StrictRequest): void {
  requests++;
  if (method !== "POST") return;
  if (posts.has(target)) violations.push(`${method} ${target} was sent twice`);
  posts.add(target);
}

function accept(socket: Socket): void {
  connections++;
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  if (!random.chance(data.misbehaving)) {
    FaultyConnection.serve(socket, { fault: null, goodRequests: 1 + random.below(16) }, ledger);
    return;
  }
  misbehaving++;
  const name = random.pick(names);
  planned[name] = (planned[name] ?? 0) + 1;
  FaultyConnection.serve(
    socket,
    { fault: faults[name] ?? null, goodRequests: random.below(4) },
    ledger,
  );
}

/** Two whole turns into a stall: whatever the proxy wrote before it stalled was read by then. */
setInterval(() => {
  const { current } = stalls;
  if (current === 0 || ledger.waitingForStall.size === 0) return;
  setImmediate(() => setImmediate(() => strayDuring(current)));
}, 2);

function strayDuring(stall: number): void {
  for (const [connection, text] of ledger.waitingForStall) {
    stalls.during(stall, () => {
      ledger.waitingForStall.delete(connection);
      if (connection.stray(text)) strayedWhileStalled++;
    });
  }
}

async function listen(): Promise<number> {
  const server = createServer({ noDelay: true }, accept);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

function tell(message: FromBackends): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", () => {
  const report = {
    connections,
    misbehaving,
    requests,
    batched,
    planned,
    strayedWhileStalled,
    violations,
  };
  tell({ kind: "report", report });
});

tell({
  kind: "listening",
  ports: await Promise.all(Array.from({ length: data.count }, () => listen())),
});
