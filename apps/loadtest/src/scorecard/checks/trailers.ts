import { type Check, passIf } from "./check.ts";
import { finalOf, wireGet } from "./wire-request.ts";

/** What is only known at the end: checksums, and the status of a gRPC call. */
export const trailers: Check = {
  name: "trailers",
  group: "protocol",
  title: "trailers reach the client",
  rule: "a trailer of a chunked response reaches a client that said TE: trailers",
  async run(scene) {
    const outcome = await scene.exchange({
      send: wireGet("TE: trailers", "Connection: TE"),
      script: (socket) =>
        socket.write(
          "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 42\r\n\r\n",
        ),
    });
    const final = finalOf(outcome);
    const isThere = final?.trailers.some(
      ([name, value]) => /^x-sum$/i.test(name) && value === "42",
    );
    return passIf(
      isThere === true,
      isThere === true ? "yes" : "dropped",
      isThere === true
        ? undefined
        : "RFC 9110 section 6.5.1 allows it; gRPC and checksums need them",
    );
  },
};
