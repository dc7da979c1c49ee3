/*
 * 1,000 clients ask for 10 MB each and do not read. The proxy runs in a process of its own; its
 * resident memory must stay under 256 MB while other clients are served beside them.
 *
 *   node apps/proxy/test/long/slow-readers.ts [readers] [seconds] [workers]
 */
import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { type SpawnedProxy, spawnProxy } from "../support/spawned-proxy.ts";

const MiB = 1024 * 1024;
const readers = Number(process.argv[2] ?? 1_000);
const seconds = Number(process.argv[3] ?? 30);
const workers = Number(process.argv[4] ?? 1);
const limitBytes = 256 * MiB;
const size = 10 * MiB;
const piece = Buffer.alloc(64 * 1024, "x");
const request = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`;

/** In pieces, so that what the other side took can be counted. */
function sendBig(socket: Socket): void {
  let left = size;
  const go = (): void => {
    while (left > 0 && !socket.writableNeedDrain) {
      socket.write(piece);
      left -= piece.length;
    }
    if (left > 0) socket.once("drain", go);
  };
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  go();
}

/** Sends 10 MB as fast as it is taken; `/small` is answered with two bytes. */
async function startBackend(): Promise<{ readonly port: number; readonly sent: () => number }> {
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => {
      for (const line of data.latin1Slice().match(/^GET \S+/gm) ?? []) {
        if (line.endsWith("/big")) sendBig(socket);
        else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sent = (): number =>
    sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
  return { port: (server.address() as AddressInfo).port, sent };
}

async function openStalled(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.on("error", () => {});
  socket.pause();
  socket.write(request("/big"));
  return socket;
}

interface Victim {
  served: number;
  failed: number;
}

/** One client that asks on and on, a new connection every fifty requests. */
async function beVictim(port: number, victim: Victim, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("error", () => {});
    await once(socket, "connect");
    for (let turn = 0; turn < 50 && !isOver(); turn++) {
      socket.write(request("/small"));
      const [data] = (await once(socket, "data")) as [Buffer];
      if (data.latin1Slice().startsWith("HTTP/1.1 200 ")) victim.served++;
      else victim.failed++;
    }
    socket.destroy();
  }
}

async function watch(proxy: SpawnedProxy, sent: () => number, victim: Victim): Promise<number> {
  let peak = 0;
  const until = performance.now() + seconds * 1_000;
  for (let shown = 0; performance.now() < until;) {
    peak = Math.max(peak, proxy.residentBytes());
    if (performance.now() - shown > 5_000) {
      shown = performance.now();
      const [now, most, fromBackend] = [proxy.residentBytes(), peak, sent()].map(inMiB);
      console.log(
        `rss ${now} (peak ${most}), from the backend ${fromBackend}, victims served ${victim.served}, failed ${victim.failed}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return peak;
}

function inMiB(bytes: number): string {
  return `${(bytes / MiB).toFixed(0)} MiB`;
}

const backend = await startBackend();
const proxy = await spawnProxy({
  config: {
    workers,
    accessLog: "off",
    listeners: [
      {
        address: "127.0.0.1:0",
        // Nobody is given up during the test: that would free what is measured.
        timeouts: { send: "1h" },
        limits: { connections: readers + 100, requestsPerConnection: 0 },
      },
    ],
    pools: { web: { backends: [`http://127.0.0.1:${backend.port}`], healthCheck: false } },
  },
});
try {
  console.log(`${readers} slow readers of ${inMiB(size)}; rss ${inMiB(proxy.residentBytes())}`);
  const stalled: Socket[] = [];
  for (let index = 0; index < readers; index++) stalled.push(await openStalled(proxy.port));
  const victim: Victim = { served: 0, failed: 0 };
  const state = { isOver: false };
  const victims = [1, 2, 3].map(() => beVictim(proxy.port, victim, () => state.isOver));
  const peak = await watch(proxy, backend.sent, victim);
  state.isOver = true;
  await Promise.all(victims);
  const lost = stalled.filter((socket) => socket.destroyed).length;
  for (const socket of stalled) socket.destroy();
  console.log(
    `peak rss ${inMiB(peak)} of ${inMiB(limitBytes)}; victims served ${victim.served}, failed ${victim.failed}; slow readers lost ${lost}`,
  );
  const isGood = peak < limitBytes && victim.failed === 0 && victim.served > 0 && lost === 0;
  console.log(isGood ? "ok" : "FAILED");
  process.exitCode = isGood ? 0 : 1;
} finally {
  await proxy.kill();
}
process.exit();
