import type { BackendConfig, HealthCheckConfig } from "@evenkeel/config";
import { type Dispatcher, request } from "undici";

/** What one active check found; `reason` is for people. */
export interface ProbeResult {
  readonly passed: boolean;
  readonly reason: string;
}

/**
 * One GET over a connection of its own, so that a stale connection is never mistaken for a dead
 * backend. Any throw is a failed check (node-performance.md section 10).
 */
export async function probe(
  backend: BackendConfig,
  check: HealthCheckConfig,
  dispatcher: Dispatcher,
): Promise<ProbeResult> {
  const host = backend.host.includes(":") ? `[${backend.host}]` : backend.host;
  try {
    const { statusCode, body } = await request(`http://${host}:${backend.port}${check.path}`, {
      dispatcher,
      reset: true,
      headers: { "user-agent": "evenkeel-health-check" },
      signal: AbortSignal.timeout(check.timeoutMs),
    });
    // The status decides; an endless body must not keep the check alive.
    body.on("error", () => {});
    body.destroy();
    return judge(statusCode, check);
  } catch (error) {
    return { passed: false, reason: failureReason(error, check) };
  }
}

function judge(status: number, check: HealthCheckConfig): ProbeResult {
  const passed = check.expectedStatus.some(({ from, to }) => status >= from && status <= to);
  const expected = check.expectedStatus.map(({ from, to }) =>
    from === to ? from : `${from}-${to}`,
  );
  const reason = passed
    ? `GET ${check.path} answered ${status}`
    : `GET ${check.path} answered ${status}, expected ${expected.join(", ")}`;
  return { passed, reason };
}

function failureReason(error: unknown, check: HealthCheckConfig): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || name === "AbortError") {
    return `GET ${check.path} not answered within ${check.timeoutMs} ms`;
  }
  return code === "ECONNREFUSED" ? "connection refused" : `${code ?? name}: ${message}`;
}
