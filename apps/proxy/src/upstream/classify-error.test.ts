import { describe, expect, test } from "vitest";
import {
  classifyConnectError,
  connectTimeout,
  malformedResponse,
  responseTimeout,
  terminated,
} from "./classify-error.ts";

describe("a failed connect", () => {
  test.each([
    ["ECONNREFUSED", "connection_refused"],
    ["ECONNRESET", "connection_refused"],
    ["ENOTFOUND", "dns_error"],
    ["EAI_AGAIN", "dns_error"],
    ["EHOSTUNREACH", "destination_ip_unroutable"],
    ["ENETUNREACH", "destination_ip_unroutable"],
    ["ETIMEDOUT", "connection_timeout"],
    ["ESOMETHING", "connection_refused"],
    [undefined, "connection_refused"],
  ])("with %s is %s", (code, error) => {
    expect(classifyConnectError(code).error).toBe(error);
  });

  test.each(["EMFILE", "ENFILE"])(
    "with %s is our own shortage and not the backend's fault",
    (code) => {
      const { error } = classifyConnectError(code);
      expect(["proxy_internal_error", "connection_limit_reached"]).toContain(error);
    },
  );
});

test("what took too long is a 504, what broke is a 502", () => {
  expect([connectTimeout.status, responseTimeout.status]).toEqual([504, 504]);
  expect([terminated.status, malformedResponse.status]).toEqual([502, 502]);
  expect(classifyConnectError("ECONNREFUSED").status).toBe(502);
});

test("only what was said after the request was sent counts as more than a failed connect", () => {
  expect(responseTimeout.cause).toBe("timeout");
  expect(terminated.cause).toBe("reset");
  expect(malformedResponse.cause).toBe("protocol");
  for (const code of ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "EMFILE"]) {
    expect(classifyConnectError(code).cause).toBe("connect");
  }
});
