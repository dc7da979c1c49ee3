import type { Message } from "./message.ts";
import { values } from "./message.ts";
import { type RawBackend, ok, startBackend } from "./raw-backend.ts";
import type { RawClient } from "./raw-client.ts";
import { type ProxySettings, type TestProxy, get, startTestProxy } from "./run-proxy.ts";

export const secret = "0123456789abcdef0123456789abcdef";
export const cookieName = "X-LB-Backend";

export interface StickySetup {
  readonly proxy: TestProxy;
  /** Each answers with its index. */
  readonly backends: readonly RawBackend[];
}

export async function startSticky(
  sticky: object = {},
  { pool, ...rest }: ProxySettings = {},
  count = 3,
): Promise<StickySetup> {
  const backends = await Promise.all(
    Array.from({ length: count }, (_, index) => startBackend(() => ok(String(index)))),
  );
  const proxy = await startTestProxy({
    backends: backends.map(({ url }, index) => ({ url, id: `b${index}` })),
    pool: { circuitBreaker: false, sticky: { secret, ...sticky }, ...pool },
    ...rest,
  });
  return { proxy, backends };
}

/** The lines of this response that set our cookie. */
export function setCookies(response: Message): string[] {
  return values(response, "set-cookie").filter((line) => line.startsWith(`${cookieName}=`));
}

/** `name=value` of the only line that sets our cookie; undefined when there is none. */
export function cookieIn(response: Message): string | undefined {
  const lines = setCookies(response);
  if (lines.length > 1) throw new Error(`${lines.length} lines set the cookie`);
  return lines[0]?.split(";")[0];
}

/** A browser: it keeps the cookie that it was given last, and counts how often it got one. */
export class Visitor {
  readonly client: RawClient;
  cookie = "";
  cookies = 0;

  constructor(client: RawClient) {
    this.client = client;
  }

  /** The body of the answer. */
  async visit(): Promise<string> {
    const response = await this.client.request(get("/", this.fields));
    const cookie = cookieIn(response);
    if (cookie !== undefined) {
      this.cookie = cookie;
      this.cookies++;
    }
    return response.body;
  }

  get fields(): string {
    return this.cookie === "" ? "" : `Cookie: ${this.cookie}\r\n`;
  }
}
