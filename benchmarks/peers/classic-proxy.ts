import type { Agent, IncomingMessage, ServerResponse } from "node:http";

/** What http-proxy-3 and httpxy share with the old http-proxy, as far as it is used here. */
export interface ClassicProxyModule {
  createProxyServer(options: { target: string; agent: Agent }): ClassicProxy;
}

interface ClassicProxy {
  web(request: IncomingMessage, response: ServerResponse): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
}
