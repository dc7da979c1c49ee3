import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { NOT_FOUND_BODY } from "./backend/content-server.ts";
import { payload } from "./backend/payload.ts";
import { targetOf, type RequestShape } from "./profiles/profile.ts";

const TIMEOUT_MS = 5000;
const ECHO_BYTES = 10_240;
const ECHO_TARGET = "/echo?q=a%2Fb&empty=";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Ask {
  readonly method: string;
  readonly target: string;
  readonly body?: Buffer;
}

/**
 * Whether what listens on the port passes requests and answers through unchanged: the profile's own
 * request, a 404 with the backend's page, and a body with an escaped target both ways. Returns the
 * first thing that is wrong, or undefined.
 */
export async function findFault(port: number, shape: RequestShape): Promise<string | undefined> {
  const profileAsk: Ask = {
    method: shape.method,
    target: targetOf(shape),
    ...(shape.bodyBytes > 0 && { body: payload(shape.bodyBytes) }),
  };
  const echoAsk: Ask = { method: "POST", target: ECHO_TARGET, body: payload(ECHO_BYTES) };
  try {
    return (
      (await faultOf(port, profileAsk, 200, payload(shape.responseBytes))) ??
      (await faultOf(port, { method: "GET", target: "/status/404" }, 404, NOT_FOUND_BODY)) ??
      (await faultOf(port, echoAsk, 200, payload(ECHO_BYTES), ECHO_TARGET))
    );
  } catch (error) {
    return `request failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function faultOf(
  port: number,
  ask: Ask,
  status: number,
  body: Buffer | string,
  target?: string,
): Promise<string | undefined> {
  const answer = await send(port, ask);
  const wanted = Buffer.from(body);
  const name = `${ask.method} ${ask.target}`;
  if (answer.status !== status) return `${name}: status ${answer.status}, not ${status}`;
  if (!answer.body.equals(wanted)) {
    return `${name}: ${answer.body.length} bytes that are not the ${wanted.length} expected`;
  }
  const seen = answer.headers["x-target"];
  if (target !== undefined && seen !== target) return `${name}: the backend saw ${String(seen)}`;
  return undefined;
}

function send(port: number, ask: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method: ask.method, path: ask.target, agent: false };
    const request = httpRequest({ ...options, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
    request.on("error", reject);
    if (ask.body !== undefined) request.setHeader("Content-Length", ask.body.length);
    request.end(ask.body);
  });
}
