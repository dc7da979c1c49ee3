import { exchangeRaw, head, type RawAnswer } from "./raw-client.ts";

/** A call on `/__faults` with a JSON body. */
export function callFaults(
  port: number,
  method: string,
  value?: unknown,
  path = "/__faults",
): Promise<RawAnswer> {
  const body = value === undefined ? "" : JSON.stringify(value);
  return exchangeRaw(port, head(method, path, `Content-Length: ${body.length}`) + body);
}
