import type { Dispatcher } from "undici";
import { request } from "undici";
import type { RunningProxy } from "../../src/index.ts";
import { type Family, readExposition } from "./exposition.ts";

export interface AdminResponse {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly text: string;
}

/** Port of the proxy's admin listener. */
export function adminPort({ admin }: RunningProxy): number {
  if (admin?.kind !== "tcp") throw new Error("the proxy has no admin listener");
  return admin.port;
}

export async function askAdmin(
  proxy: RunningProxy,
  path: string,
  options: Parameters<typeof request>[1] = {},
): Promise<AdminResponse> {
  const url = `http://127.0.0.1:${adminPort(proxy)}${path}`;
  const { statusCode, headers, body } = await request(url, options);
  return { status: statusCode, headers, text: await body.text() };
}

export async function scrape(proxy: RunningProxy): Promise<ReadonlyMap<string, Family>> {
  return readExposition((await askAdmin(proxy, "/metrics")).text);
}

/** One backend as `GET /admin/health` shows it. */
export interface ShownBackend {
  readonly id: string;
  readonly url: string;
  readonly status: string;
  readonly lastCheck: string | null;
  readonly lastError: string | null;
  readonly consecutiveSuccesses: number;
  readonly consecutiveFailures: number;
  readonly breaker: string;
  readonly reason: string;
  readonly since: string;
  readonly ejectedUntil: string | null;
}

/** What `GET /admin/health` says of the pool `web`. */
export async function askHealth(proxy: RunningProxy): Promise<readonly ShownBackend[]> {
  const { text } = await askAdmin(proxy, "/admin/health");
  const { pools } = JSON.parse(text) as {
    readonly pools: Readonly<Record<string, { readonly backends: readonly ShownBackend[] }>>;
  };
  return pools["web"]?.backends ?? [];
}
