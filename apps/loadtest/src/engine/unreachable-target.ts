import { LoadtestError } from "../errors.ts";
import { withoutPassword } from "./plan.ts";

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name could not be resolved",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "no route to network",
  EADDRNOTAVAIL: "no local port or address to connect from",
  EMFILE: "too many open files",
  timeout: "no connection within the timeout",
};

/** The error of a run that never made a single connection; `code` is the system's, or an error kind. */
export function unreachableTarget(url: string, code: string): LoadtestError {
  const cause = causes[code] ?? "the connection failed";
  const detail = code === "timeout" ? cause : `${cause} (${code})`;
  return new LoadtestError("TARGET_UNREACHABLE", `cannot reach ${withoutPassword(url)}: ${detail}`);
}
