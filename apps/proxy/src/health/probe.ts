import { connect } from "node:net";
import type { BackendConfig, HealthCheckConfig } from "@evenkeel/config";
import { type Dispatcher, request } from "undici";
import { dialTarget } from "../upstream/dial-target.ts";
import { CheckDeadline } from "./check-deadline.ts";

/** What one active check found; `reason` is for people. */
export interface ProbeResult {
  readonly passed: boolean;
  readonly reason: string;
}

/** How much of an answer's body is looked at. */
const mostBodyBytes = 64 * 1024;

/** How a backend is reached for a check. */
export interface ProbeRoute {
  readonly dispatcher: Dispatcher;
  /** Text in latin1 that every connection begins with. */
  readonly preface: string;
}

/** One check over a connection of its own, so that a stale connection is never mistaken for a dead backend. */
export async function probe(
  backend: BackendConfig,
  check: HealthCheckConfig,
  { dispatcher, preface }: ProbeRoute,
): Promise<ProbeResult> {
  const deadline = new CheckDeadline(check.timeoutMs);
  try {
    return check.type === "tcp"
      ? await connectTo(backend, check, preface, deadline.signal)
      : await ask(backend, check, dispatcher, deadline.signal);
  } finally {
    deadline.clear();
  }
}

/** Any throw is a failed check (node-performance.md section 10). */
async function ask(
  backend: BackendConfig,
  check: HealthCheckConfig,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const what = `${check.method} ${check.path}`;
  try {
    const { statusCode, body } = await request(`${originOf(backend)}${check.path}`, {
      dispatcher,
      method: check.method,
      reset: true,
      headers: { "user-agent": "evenkeel-health-check" },
      signal,
    });
    // An endless body must not keep the check alive.
    body.on("error", () => {});
    const verdict = judgeStatus(what, statusCode, check);
    if (!verdict.passed || check.expectedBody === null) {
      body.destroy();
      return verdict;
    }
    return await judgeBody(what, body, check.expectedBody);
  } catch (error) {
    return { passed: false, reason: failureReason(error, `${what} not answered`, check) };
  }
}

/** nginx calls a backend on a unix socket `localhost`, too. */
function originOf({ host, port, socketPath }: BackendConfig): string {
  if (socketPath !== null) return `http://${host}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function judgeStatus(what: string, status: number, check: HealthCheckConfig): ProbeResult {
  const passed = check.expectedStatus.some(({ from, to }) => status >= from && status <= to);
  const expected = check.expectedStatus.map(({ from, to }) =>
    from === to ? from : `${from}-${to}`,
  );
  const reason = passed
    ? `${what} answered ${status}`
    : `${what} answered ${status}, expected ${expected.join(", ")}`;
  return { passed, reason };
}

async function judgeBody(
  what: string,
  body: AsyncIterable<Buffer> & { destroy(): void },
  expected: string,
): Promise<ProbeResult> {
  let text = "";
  for await (const piece of body) {
    text += piece.toString("latin1");
    if (text.length >= mostBodyBytes) break;
  }
  body.destroy();
  const wanted = Buffer.from(expected).toString("latin1");
  const passed = text.slice(0, mostBodyBytes).includes(wanted);
  const verb = passed ? "contains" : "does not contain";
  return { passed, reason: `the answer to ${what} ${verb} ${JSON.stringify(expected)}` };
}

async function connectTo(
  backend: BackendConfig,
  check: HealthCheckConfig,
  preface: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const socket = connect({ ...dialTarget(backend), signal });
  try {
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return { passed: true, reason: "connected" };
  } catch (error) {
    return { passed: false, reason: failureReason(error, "not connected", check) };
  } finally {
    socket.on("error", () => {});
    // RST: a check is no client whose goodbye the backend has to wait for. A unix socket knows none, and
    // a header must not be lost with it.
    if (preface !== "") socket.end(preface, "latin1", () => socket.destroy());
    else if (backend.socketPath === null) socket.resetAndDestroy();
    else socket.destroy();
  }
}

function failureReason(error: unknown, what: string, check: HealthCheckConfig): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || name === "AbortError") {
    return `${what} within ${check.timeoutMs} ms`;
  }
  return reasonOfCode[code ?? ""] ?? `${code ?? name}: ${message}`;
}

const reasonOfCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOENT: "its unix socket does not exist",
  EACCES: "permission denied for its unix socket",
};
