/*
 * Corpus labels that our documented policy overrules. Every entry is checked: an exception that is
 * no longer needed fails the test.
 */

/** Labelled `reject`; read by the codec as a sound request or response, for this reason. */
export const acceptedAnyway: Readonly<Record<string, string>> = {
  "llhttp/request/invalid#4": "row 31: unknown methods pass; HAProxy and nginx accept it too",
  "gunicorn/invalid/003c": "row 31: -bl is a token; HAProxy accepts it too",
  "gunicorn/invalid/006": "gunicorn's limit of the request line; ours is 8,000 bytes of target",
  "gunicorn/invalid/007": "gunicorn's limit of a field's size; ours is on the whole head",
  "gunicorn/invalid/008": "gunicorn's limit of a field's size; ours is on the whole head",
  "gunicorn/invalid/041": "row 34: a repeated Content-Type is no framing fault",
  "gunicorn/invalid/rfc9110_trailer_forbidden_cl_01": "row 13: forbidden trailers are dropped",
  "gunicorn/invalid/rfc9110_trailer_forbidden_host_01": "row 13: forbidden trailers are dropped",
  "gunicorn/invalid/rfc9110_trailer_forbidden_te_01": "row 13: forbidden trailers are dropped",
};

/** Labelled `reject` for what follows a message that ends its connection; it is never read. */
export const restUnread: Readonly<Record<string, string>> = {
  "llhttp/request/connection#3": "row 18: the connection closes after an HTTP/1.0 request",
  "llhttp/response/connection#6": "row 66: the proxy destroys the backend connection",
  "llhttp/response/connection#8": "row 66: the proxy destroys the backend connection",
};

/** Labelled `reject`; a sound request comes first and is served before the fault is met. */
export const soundBefore: Readonly<Record<string, string>> = {
  "llhttp/request/connection#5": "the row holds two fixtures; the fault is in the second",
};

/**
 * Labelled `reject`, but the bytes stop before the fault can be seen: the codec waits, and the
 * proxy's deadline answers 408. With `rest` appended the codec refuses; null where nothing is wrong
 * but the missing end (row 12).
 */
export const cutShort: Readonly<Record<string, string | null>> = {
  "llhttp/request/content-length#4": "\r\n",
  "llhttp/request/invalid#19": "\r\nHost: a\r\n\r\n",
  "llhttp/request/invalid#20": "\r\n\r\n",
  "gunicorn/invalid/001": "\r\n\r\n",
  "gunicorn/invalid/rfc9112_chunked_missing_final_crlf_01": null,
};

/** Labelled `accept`; refused, for this reason (corpora README, "accept that we refuse"). */
export const refusedAnyway: Readonly<Record<string, string>> = {
  "llhttp/request/method#12": "row 29: ICE/1.0",
  "llhttp/request/method#13": "row 29: RTSP/1.0",
  "llhttp/request/method#14": "row 29: RTSP/1.0",
  "llhttp/request/method#15": "row 42: asterisk-form is for OPTIONS only",
  "gunicorn/valid/rfc9112_target_authority_connect_01": "row 43: CONNECT",
  "gunicorn/valid/rfc9112_target_authority_ipv6_01": "row 43: CONNECT",
  "llhttp/response/sample#2": "row 83: RTSP/1.1",
  "llhttp/response/sample#17": "row 83: HTTP/0.9",
  "llhttp/response/sample#19":
    "row 65: RFC 9112 2.2 lets only a server skip empty lines; before a response they are stray bytes",
  "llhttp/request/transfer-encoding#20": "row 45: fragment; row 3: deflate, chunked",
  "gunicorn/valid/009": "row 45: fragment; row 1: identity beside Content-Length",
  "gunicorn/valid/025": "row 3: gzip before chunked",
  "gunicorn/valid/025_line": "row 3: gzip before chunked",
  "gunicorn/valid/029": "row 3: identity before chunked",
  "gunicorn/valid/rfc9112_smuggle_gzip_chunked_01": "row 3: gzip before chunked",
  "aws-desync-guardian/more-compliant-tests#6": "row 3: a coding before chunked",
  "aws-desync-guardian/more-compliant-tests#8": "row 3: identity before chunked",
  "aws-desync-guardian/more-compliant-tests#9": "row 4: several Transfer-Encoding lines",
  "aws-desync-guardian/more-compliant-tests#10": "row 3: a coding with parameters",
  "aws-desync-guardian/rfc-compliant#9": "row 4: several Transfer-Encoding lines",
  "aws-desync-guardian/rfc-compliant#10": "row 3: codings before chunked",
  "aws-desync-guardian/rfc-compliant#11": "row 3: codings with parameters",
  "llhttp/response/transfer-encoding#2": "row 83: chunked before another coding",
  "llhttp/response/transfer-encoding#3": "row 83: several Transfer-Encoding lines",
  "llhttp/response/transfer-encoding#4": "row 83: chunkedchunked",
  "aws-desync-guardian/rfc-compliant#12": "row 45: fragment, and a backslash",
  "aws-desync-guardian/rfc-compliant#13": "row 28: bytes outside ASCII in the target",
  "aws-desync-guardian/rfc-compliant#14": "row 28: empty target",
  "gunicorn/valid/027": "row 28: bytes outside ASCII in the target",
  "llhttp/request/uri#3": "row 40: absolute-form that disagrees with the inserted Host",
  "gunicorn/valid/rfc9112_target_absolute_userinfo_01": "row 41: userinfo",
};

/** Refused by HAProxy and nginx both, and left to the proxy by the codec. None so far. */
export const leftToTheProxy: Readonly<Record<string, string>> = {};
