import type { AttemptFailure } from "../proxy-error.ts";

const refused: AttemptFailure = {
  cause: "connect",
  error: "connection_refused",
  status: 502,
  detail: "the backend refused the connection",
};
const unroutable: AttemptFailure = {
  cause: "connect",
  error: "destination_ip_unroutable",
  status: 502,
  detail: "the backend's address cannot be reached",
};
const unknownName: AttemptFailure = {
  cause: "connect",
  error: "dns_error",
  status: 502,
  detail: "the backend's name cannot be resolved",
};
const noDescriptors: AttemptFailure = {
  cause: "connect",
  error: "connection_limit_reached",
  status: 503,
  detail: "no descriptor or port is left for a connection to the backend",
};

export const connectTimeout: AttemptFailure = {
  cause: "connect",
  error: "connection_timeout",
  status: 504,
  detail: "the backend did not accept the connection in time",
};
export const responseTimeout: AttemptFailure = {
  cause: "timeout",
  error: "http_response_timeout",
  status: 504,
  detail: "the backend did not answer in time",
};
export const terminated: AttemptFailure = {
  cause: "reset",
  error: "connection_terminated",
  status: 502,
  detail: "the backend closed the connection before it answered",
};
export const malformedResponse: AttemptFailure = {
  cause: "protocol",
  error: "http_protocol_error",
  status: 502,
  detail: "the backend's response is not valid HTTP/1.1",
};

/** Only place that knows the platform's error codes. `code` is that of a failed connect. */
export function classifyConnectError(code: string | undefined): AttemptFailure {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unknownName;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return unroutable;
    case "EMFILE":
    case "ENFILE":
    case "EADDRNOTAVAIL":
      return noDescriptors;
    case "ETIMEDOUT":
      return connectTimeout;
    default:
      return refused;
  }
}
