// What a good engineer writes by hand: node:http in front, undici's fastest interface behind.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface Controller {
  readonly rawHeaders: readonly Buffer[];
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

interface Handler {
  onRequestStart(controller: Controller): void;
  onResponseStart(controller: Controller, status: number): void;
  onResponseData(controller: Controller, chunk: Buffer): void;
  onResponseEnd(): void;
  onResponseError(controller: Controller | undefined, error: Error): void;
}

interface Pool {
  dispatch(options: object, handler: Handler): boolean;
}

const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const [port, backendPort] = process.argv.slice(2).map(Number);
const packageName: string = "undici";
const undici = (await import(packageName)) as {
  Pool: new (origin: string, options: object) => Pool;
};
const pool = new undici.Pool(`http://127.0.0.1:${backendPort}`, {
  connections: 64,
  pipelining: 1,
  keepAliveTimeout: 600_000,
});

const server = createServer((request, response) => {
  const { method, url: path } = request;
  const hasBody = "content-length" in request.headers || "transfer-encoding" in request.headers;
  const headers = endToEnd(request.rawHeaders);
  const body: IncomingMessage | null = hasBody ? request : null;
  pool.dispatch({ method, path, headers, body }, responseHandler(response));
});
server.keepAliveTimeout = 3_600_000;
server.listen(port, "127.0.0.1");

function responseHandler(response: ServerResponse): Handler {
  return {
    onRequestStart(controller) {
      response.on("drain", () => controller.resume());
      response.on("close", () => {
        if (!response.writableFinished) controller.abort(new Error("the client went away"));
      });
    },
    onResponseStart(controller, status) {
      response.writeHead(status, endToEnd(controller.rawHeaders.map(String)));
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause();
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    },
  };
}

/** Names and values in turn, without what belongs to one connection only. */
function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, raw[index + 1] ?? "");
  }
  return kept;
}
