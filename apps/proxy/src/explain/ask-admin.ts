import { Client } from "undici";

export interface AdminTarget {
  /** `http://host:port`, `host:port` or `unix:/path`. */
  readonly address: string;
  readonly token: string | null;
}

export type AdminReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

const timeoutMs = 10_000;

/** One JSON call to a running balancer's admin listener. */
export async function askAdmin(
  { address, token }: AdminTarget,
  call: { readonly method: "GET" | "POST"; readonly path: string; readonly body?: unknown },
): Promise<AdminReply> {
  const client = clientFor(address);
  if (client === null) {
    return {
      ok: false,
      message: `--admin: expected http://host:port or unix:/path, got ${address}`,
    };
  }
  try {
    const { statusCode, body } = await client.request({
      method: call.method,
      path: call.path,
      headers: {
        "content-type": "application/json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    return readReply(statusCode, await body.text());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { ok: false, message: `cannot ask ${address}: ${code ?? message}` };
  } finally {
    await client.close();
  }
}

function clientFor(address: string): Client | null {
  const connectTimeout = timeoutMs;
  if (address.startsWith("unix:")) {
    return new Client("http://localhost", {
      socketPath: address.slice("unix:".length),
      connectTimeout,
    });
  }
  const url = URL.parse(/^https?:\/\//i.test(address) ? address : `http://${address}`);
  return url === null ? null : new Client(url.origin, { connectTimeout });
}

function readReply(status: number, text: string): AdminReply {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, message: `the admin listener answered ${status}, and no JSON` };
  }
  if (status === 200) return { ok: true, value };
  const detail = (value as { readonly detail?: unknown } | null)?.detail;
  return { ok: false, message: `${status}: ${typeof detail === "string" ? detail : text}` };
}
