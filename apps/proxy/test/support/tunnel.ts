import type { BackendConnection, RawBackend } from "./raw-backend.ts";
import { type RawClient, openClient } from "./raw-client.ts";
import { type ProxySettings, type TestProxy, startPair } from "./run-proxy.ts";

/** A request for another protocol, `echo` unless said otherwise. */
export function upgrade(target = "/", fields = "Connection: Upgrade\r\nUpgrade: echo\r\n"): string {
  return `GET ${target} HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`;
}

/** The backend's consent. */
export function switching(protocol = "echo"): string {
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
}

export interface Tunnel {
  readonly proxy: TestProxy;
  readonly backend: RawBackend;
  readonly client: RawClient;
  readonly connection: BackendConnection;
}

/** A tunnel of which both ends are the test's; nothing has gone through it yet. */
export async function openTunnel(settings: Omit<ProxySettings, "backends"> = {}): Promise<Tunnel> {
  const { proxy, backend } = await startPair(settings);
  const client = await openClient(proxy.port);
  client.send(upgrade("/tunnel"));
  const connection = await backend.connection();
  await connection.head();
  connection.send(switching());
  await client.untilReceived("\r\n\r\n");
  client.takeReceived();
  return { proxy, backend, client, connection };
}
