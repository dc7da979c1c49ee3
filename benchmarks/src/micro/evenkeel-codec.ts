import type * as Http1 from "@evenkeel/http1";
import type { Input, ParsedHead } from "./message.ts";

/** The package, or the same from another checkout. */
export type Codec = typeof Http1;

/**
 * The work of one operation, made once for each codec that is measured: were two codecs to share
 * these functions, the compiler would have to serve both and be fair to neither.
 */
export interface EvenkeelDriver {
  readonly parseRequest: (input: Input, operations: number) => void;
  readonly forwardRequest: (input: Input, operations: number) => void;
  readonly parseResponse: (input: Input, operations: number) => void;
  readonly forwardResponse: (input: Input, operations: number) => void;
  /** A whole chunked body; returns its content bytes. */
  readonly decodeChunks: (input: Input, operations: number) => number;
  readonly readRequest: (input: Input) => ParsedHead;
  readonly readResponse: (input: Input) => ParsedHead;
  /** The forwarded head of a message as text. */
  readonly forwardedRequest: (input: Input) => string;
  readonly forwardedResponse: (input: Input) => string;
  readonly decodedChunks: (input: Input) => Buffer;
}

const DATE = "Sat, 14 Nov 2026 10:15:30 GMT";

// As the data plane does it: one call into C++ for the whole head.
const decodeLatin1: Http1.Latin1Decoder = (bytes, start, end) =>
  Buffer.prototype.latin1Slice.call(bytes, start, end);

/** Drives the codec as the data plane does: one parser of each kind, used again for every head. */
export function createDriver(codec: Codec): EvenkeelDriver {
  return { ...requestDriver(codec), ...responseDriver(codec), ...bodyDriver(codec) };
}

// A socket copies the text out of the heap, which also joins its parts; so do the drivers.
const out = Buffer.allocUnsafeSlow(65_536);

type RequestDriver = Pick<
  EvenkeelDriver,
  "parseRequest" | "forwardRequest" | "readRequest" | "forwardedRequest"
>;

function requestDriver(codec: Codec): RequestDriver {
  const { RequestParser, forwardRequestHead, defaultHeadLimits } = codec;
  const request = new RequestParser(defaultHeadLimits, decodeLatin1);
  const forwarding: Http1.RequestForwarding = {
    clientAddress: "203.0.113.7",
    proto: "http",
    isPeerTrusted: false,
    via: "1.1 evenkeel",
    localAuthority: "127.0.0.1:8080",
    requestId: "0123456789abcdef0123456789abcdef",
    ownLines: null,
  };

  function feed({ bytes, ends }: Input): void {
    request.reset();
    let start = 0;
    for (const end of ends) {
      request.feed(bytes, start, end);
      start = end;
    }
    if (request.state !== "complete") throw new Error(`request refused: ${request.violation}`);
  }

  return {
    parseRequest(input, operations) {
      for (let count = 0; count < operations; count += 1) feed(input);
    },
    forwardRequest(input, operations) {
      for (let count = 0; count < operations; count += 1) {
        feed(input);
        out.write(forwardRequestHead(request, forwarding), "latin1");
      }
    },
    readRequest(input) {
      feed(input);
      return { startLine: `${request.method} ${request.target}`, fields: fieldsOf(request) };
    },
    forwardedRequest(input) {
      feed(input);
      return forwardRequestHead(request, forwarding);
    },
  };
}

type ResponseDriver = Pick<
  EvenkeelDriver,
  "parseResponse" | "forwardResponse" | "readResponse" | "forwardedResponse"
>;

function responseDriver(codec: Codec): ResponseDriver {
  const { ResponseParser, forwardResponseHead, defaultHeadLimits } = codec;
  const response = new ResponseParser(defaultHeadLimits, decodeLatin1);

  function feed({ bytes, ends }: Input): void {
    response.reset();
    let start = 0;
    for (const end of ends) {
      response.feed(bytes, start, end, false);
      start = end;
    }
    if (response.state !== "complete") throw new Error(`response refused: ${response.violation}`);
  }

  return {
    parseResponse(input, operations) {
      for (let count = 0; count < operations; count += 1) feed(input);
    },
    forwardResponse(input, operations) {
      for (let count = 0; count < operations; count += 1) {
        feed(input);
        out.write(forwardResponseHead(response, 1, DATE, false), "latin1");
      }
    },
    readResponse(input) {
      feed(input);
      const reason = response.text.slice(response.reasonStart, response.reasonEnd);
      return { startLine: `${response.status} ${reason}`, fields: fieldsOf(response) };
    },
    forwardedResponse(input) {
      feed(input);
      return forwardResponseHead(response, 1, DATE, false);
    },
  };
}

function bodyDriver({
  BodyDecoder,
}: Codec): Pick<EvenkeelDriver, "decodeChunks" | "decodedChunks"> {
  const body = new BodyDecoder();

  function decode({ bytes, ends }: Input, take: (start: number, end: number) => void): void {
    body.start("chunked", 0);
    let at = 0;
    for (const end of ends) {
      while (at < end && !body.isDone && body.violation === null) {
        at = body.advance(bytes, at, end);
        if (body.dataEnd > body.dataStart) take(body.dataStart, body.dataEnd);
      }
    }
    if (!body.isDone) throw new Error(`body refused: ${body.violation}`);
  }

  return {
    decodeChunks(input, operations) {
      let content = 0;
      const take = (start: number, end: number): void => {
        content += end - start;
      };
      for (let count = 0; count < operations; count += 1) decode(input, take);
      return content;
    },
    decodedChunks(input) {
      const runs: Buffer[] = [];
      decode(input, (start, end) => runs.push(input.bytes.subarray(start, end)));
      return Buffer.concat(runs);
    },
  };
}

function fieldsOf({
  fields,
  text,
}: Http1.RequestParser | Http1.ResponseParser): ParsedHead["fields"] {
  return Array.from({ length: fields.count }, (_, index) => [
    text.slice(fields.nameStart(index), fields.nameEnd(index)),
    text.slice(fields.valueStart(index), fields.valueEnd(index)),
  ]);
}
