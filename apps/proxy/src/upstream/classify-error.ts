import type { AttemptFailure } from "../proxy-error.ts";

const refused: AttemptFailure = { cause: "connect", error: "connection_refused", status: 502 };
const unroutable: AttemptFailure = {
  cause: "connect",
  error: "destination_ip_unroutable",
  status: 502,
};
const unknownName: AttemptFailure = { cause: "connect", error: "dns_error", status: 502 };
const noDescriptors: AttemptFailure = {
  cause: "connect",
  error: "proxy_internal_error",
  status: 502,
};

export const connectTimeout: AttemptFailure = {
  cause: "timeout",
  error: "connection_timeout",
  status: 504,
};
export const responseTimeout: AttemptFailure = {
  cause: "timeout",
  error: "http_response_timeout",
  status: 504,
};
export const terminated: AttemptFailure = {
  cause: "reset",
  error: "connection_terminated",
  status: 502,
};
export const malformedResponse: AttemptFailure = {
  cause: "protocol",
  error: "http_protocol_error",
  status: 502,
};

/** Only place that knows the platform's error codes. `code` is that of a failed connect. */
export function classifyConnectError(code: string | undefined): AttemptFailure {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unknownName;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return unroutable;
    case "EMFILE":
    case "ENFILE":
      return noDescriptors;
    case "ETIMEDOUT":
      return connectTimeout;
    default:
      return refused;
  }
}
