/** What a closed-loop run sends: fully resolved, plain data, so that it can cross into a worker thread. */
export interface ClosedLoopPlan {
  readonly url: string;
  readonly method: string;
  /** One entry per field name; repeated names are already combined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Requests to send in total, warm-up not counted; `undefined` means until `durationMs` is over. */
  readonly requests: number | undefined;
  /** Stop sending after this time; what is in flight then is still awaited. */
  readonly durationMs: number | undefined;
  /** Sent before the measurement, answered, and counted nowhere. */
  readonly warmupRequests: number;
  /** Keep-alive connections, each with one request in flight. Never more than `requests`. */
  readonly connections: number;
  /** From writing the request to the last byte of the response. */
  readonly timeoutMs: number;
  /** The response field that names the backend, in any case. */
  readonly backendHeader: string;
  /** A response whose body is not exactly this counts as the error `mismatch`. */
  readonly expectBody: string | undefined;
  /** A CSV file that gets a row for every request while the run is under way; none without. */
  readonly requestCsv?: string | undefined;
}

/** The methods that autocannon can send, minus CONNECT, which opens a tunnel instead of asking. */
export const sendableMethods: readonly string[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
];

/** The URL as it may be printed: a password in it is hidden. */
export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  if (parsed.password === "") return url;
  parsed.password = "***";
  return parsed.href;
}
