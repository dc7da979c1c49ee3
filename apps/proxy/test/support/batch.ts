import { type BackendConnection, type RawBackend, startBackend } from "./raw-backend.ts";
import { type RawClient, openClient } from "./raw-client.ts";
import { type ProxySettings, type TestProxy, get, startTestProxy } from "./run-proxy.ts";

const answeredByUs = "OPTIONS * HTTP/1.1\r\nHost: a.test\r\nMax-Forwards: 0\r\n\r\n";

export interface BatchingProxy {
  readonly proxy: TestProxy;
  /** The first of `backends`. */
  readonly backend: RawBackend;
  readonly backends: readonly RawBackend[];
}

/** A proxy with `connections.pipelining` in front of backends that answer when the test says so. */
export async function startBatching(
  backendCount = 1,
  { pool, ...settings }: Omit<ProxySettings, "backends"> = {},
): Promise<BatchingProxy> {
  const backends = await Promise.all(Array.from({ length: backendCount }, () => startBackend()));
  const proxy = await startTestProxy({
    backends: backends.map(({ url }) => url),
    pool: { ...pool, connections: { pipelining: true } },
    ...settings,
  });
  return { proxy, backends, backend: backends[0] as RawBackend };
}

/**
 * Clients whose connections the proxy reads from: what they send in one go reaches it in one turn of
 * the event loop. No backend has heard of them.
 */
export async function readyClients(port: number, count: number): Promise<RawClient[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const client = await openClient(port);
      await client.request(answeredByUs);
      return client;
    }),
  );
}

/** One GET each, `/0` from the first, at the same time. */
export function askTogether(clients: readonly RawClient[]): void {
  sendTogether(clients, (index) => get(`/${index}`));
}

/** Each sends what `text` says for its number, so that the proxy finds all of it in one turn. */
export function sendTogether(clients: readonly RawClient[], text: (index: number) => string): void {
  clients.forEach((client, index) => client.send(text(index)));
  // A busy kernel delivers in its own time. The proxy is in this thread: it looks when this is over.
  Atomics.wait(stillness, 0, 0, 10);
}

const stillness = new Int32Array(new SharedArrayBuffer(4));

/** The targets of the requests that arrived on a connection and were not taken off it. */
export function waitingOn({ received }: BackendConnection): string[] {
  return [...received.matchAll(/^[A-Z]+ (\S+) HTTP\/1\.1\r\n/gm)].map(([, target]) => target ?? "");
}

/** A connection when so many requests have arrived on it. */
export async function untilWaiting(
  connection: BackendConnection,
  count: number,
): Promise<string[]> {
  await connection.until(`${count} requests wait`, () => waitingOn(connection).length >= count);
  return waitingOn(connection);
}

/** The number in a target such as `/3`. */
export function numberOf(target: string): number {
  return Number(target.slice(1));
}
