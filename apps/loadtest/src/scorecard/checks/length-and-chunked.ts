import { framingOffence, judgeBadRequests } from "./bad-requests.ts";
import type { Check } from "./check.ts";
import { target, wireRequest } from "./wire-request.ts";

const length = "Content-Length: 6";
const chunked = "Transfer-Encoding: chunked";
const post = `POST ${target} HTTP/1.1`;
/** Empty by its chunks; by its length it is followed by the beginning of another request. */
const body = "0\r\n\r\nG";
const smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: lab.test\r\n\r\n";

/** The classic way to smuggle (RFC 9112 section 6.3). */
export const lengthAndChunked: Check = {
  name: "length-and-chunked",
  group: "protocol",
  title: "smuggling: length and chunks",
  rule: "a request with Content-Length and Transfer-Encoding is refused, or goes on with one of them alone",
  run: (scene) =>
    judgeBadRequests(
      scene,
      [
        { name: "length first", send: wireRequest(post, [length, chunked], body) },
        { name: "chunked first", send: wireRequest(post, [chunked, length], body) },
        {
          name: "length 4 over chunks",
          send: wireRequest(post, ["Content-Length: 4", chunked], "5\r\nhello\r\n0\r\n\r\n"),
        },
        {
          name: "a request behind the chunks",
          send: wireRequest(post, [`Content-Length: ${smuggled.length}`, chunked], smuggled),
        },
        {
          name: "chunked in HTTP/1.0",
          send: wireRequest(
            `POST ${target} HTTP/1.0`,
            [chunked, "Connection: keep-alive"],
            smuggled,
          ),
        },
      ],
      framingOffence,
    ),
};
