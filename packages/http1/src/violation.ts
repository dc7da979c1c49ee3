export type Violation =
  | "control-byte"
  | "bare-lf"
  | "bare-cr"
  | "empty-lines"
  | "head-too-large"
  | "too-many-fields"
  | "target-too-long"
  | "method-too-long"
  | "bad-method"
  | "bad-request-line"
  | "bad-version"
  | "bad-target"
  | "target-byte"
  | "target-fragment"
  | "target-backslash"
  | "target-nul"
  | "target-dot-segment"
  | "target-userinfo"
  | "target-host-mismatch"
  | "method-not-supported"
  | "whitespace-before-field"
  | "obs-fold"
  | "space-before-colon"
  | "bad-field-name"
  | "missing-host"
  | "duplicate-host"
  | "bad-host"
  | "bad-content-length"
  | "duplicate-content-length"
  | "length-and-chunked"
  | "bad-transfer-encoding"
  | "unsupported-transfer-encoding"
  | "transfer-encoding-on-http10"
  | "unknown-expectation"
  | "bad-chunk-size"
  | "bad-chunk-extension"
  | "chunk-extensions-too-large"
  | "bad-chunk-end"
  | "bad-trailer"
  | "trailers-too-large"
  | "bad-status-line"
  | "bad-status";

/**
 * Every way a message can break the rules, with the status a client is told. A response that breaks
 * them is always a 502 (RFC 9112 6.3), so its status here is never sent.
 */
const table: Readonly<Record<Violation, readonly [status: number, detail: string]>> = {
  "control-byte": [400, "a control character stands in the head"],
  "bare-lf": [400, "a line ends with LF alone"],
  "bare-cr": [400, "a CR is not followed by LF"],
  "empty-lines": [400, "too many empty lines before the request line"],
  "head-too-large": [431, "the head is larger than the limit"],
  "too-many-fields": [431, "the head has more field lines than the limit"],
  "target-too-long": [414, "the request target is longer than the limit"],
  "method-too-long": [501, "the method is longer than the limit"],
  "bad-method": [400, "the method is not a token"],
  "bad-request-line": [400, "the request line is not method SP target SP version"],
  "bad-version": [505, "the version is not HTTP/1.0 or HTTP/1.1"],
  "bad-target": [400, "the request target is not in a form this method allows"],
  "target-byte": [400, "the request target holds a byte outside visible ASCII"],
  "target-fragment": [400, "the request target holds a fragment"],
  "target-backslash": [400, "the request target holds a backslash"],
  "target-nul": [400, "the path holds an encoded NUL"],
  "target-dot-segment": [400, "the path holds a dot segment that climbs"],
  "target-userinfo": [400, "the request target holds user information"],
  "target-host-mismatch": [400, "the request target and Host name different authorities"],
  "method-not-supported": [405, "this method is not supported"],
  "whitespace-before-field": [400, "white space stands before the first field"],
  "obs-fold": [400, "a field value is folded over lines"],
  "space-before-colon": [400, "white space stands before the colon of a field"],
  "bad-field-name": [400, "a field name is empty or not a token"],
  "missing-host": [400, "the Host field is missing"],
  "duplicate-host": [400, "the Host field is repeated"],
  "bad-host": [400, "the Host field is not a host with an optional port"],
  "bad-content-length": [400, "Content-Length is not a decimal number in range"],
  "duplicate-content-length": [400, "Content-Length is repeated"],
  "length-and-chunked": [400, "Content-Length and Transfer-Encoding are both present"],
  "bad-transfer-encoding": [400, "Transfer-Encoding is malformed"],
  "unsupported-transfer-encoding": [501, "only the chunked transfer coding is supported"],
  "transfer-encoding-on-http10": [400, "HTTP/1.0 has no Transfer-Encoding"],
  "unknown-expectation": [417, "the only expectation is 100-continue"],
  "bad-chunk-size": [400, "a chunk size is not a hexadecimal number in range"],
  "bad-chunk-extension": [400, "a chunk extension is malformed"],
  "chunk-extensions-too-large": [400, "the chunk extensions are larger than the limit"],
  "bad-chunk-end": [400, "a chunk's data is not followed by CRLF"],
  "bad-trailer": [400, "the trailer section is malformed"],
  "trailers-too-large": [431, "the trailer section is larger than the limit"],
  "bad-status-line": [502, "the status line is malformed"],
  "bad-status": [502, "the status is outside 100-599"],
};

/** Status for a client whose request broke this rule. */
export function violationStatus(violation: Violation): number {
  return table[violation][0];
}

/** One sentence without any byte of the message, safe to show to whoever sent it. */
export function violationDetail(violation: Violation): string {
  return table[violation][1];
}
