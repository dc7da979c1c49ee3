import { createServer, Socket, type Server } from "node:net";
import { NOT_FOUND_BODY } from "../backend/content-server.ts";
import { payload } from "../backend/payload.ts";

const HEAD_END = Buffer.from("\r\n\r\n");

/** One for all connections: what is read is used up or copied before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

interface Request {
  readonly target: string;
  readonly body: Buffer;
}

/**
 * Answers as the content server does, and the one request of the load (`GET target`) at the price of
 * one read and one write. It knows `Content-Length` only, as the response reader.
 */
export function createFixedServer(target: string): Server {
  const start = Buffer.from(`GET ${target} HTTP/1.1\r\n`);
  const known = responseTo({ target, body: Buffer.alloc(0) });
  return createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => {
    let pending: Buffer | undefined;
    const socket = withStaticBuffer(accepted, (chunk) => {
      if (pending === undefined && isLone(chunk, start)) socket.write(known, "latin1");
      else pending = answerAll(socket, Buffer.concat([pending ?? Buffer.alloc(0), chunk]));
    });
    socket.on("error", () => socket.destroy());
  });
}

/**
 * As in the proxy's own listener: a server socket cannot be given `onread`, so its handle moves to a
 * Socket that has it. A buffer for each read would keep the collector of the load busy.
 */
function withStaticBuffer(accepted: Socket, receive: (chunk: Buffer) => void): Socket {
  const holder = accepted as unknown as { _handle: unknown };
  const handle = holder._handle;
  holder._handle = null;
  accepted.destroy();
  const callback = (length: number): boolean => {
    receive(readBuffer.subarray(0, length));
    return true;
  };
  return new Socket({
    handle,
    onread: { buffer: readBuffer, callback },
  } as ConstructorParameters<typeof Socket>[0]);
}

/** Whether the chunk is one whole request without a body that begins like this. */
function isLone(chunk: Buffer, start: Buffer): boolean {
  return (
    chunk.indexOf(HEAD_END) === chunk.length - HEAD_END.length &&
    chunk.subarray(0, start.length).equals(start)
  );
}

/** Answers what is whole and returns the rest; undefined when there is none. */
function answerAll(socket: Socket, bytes: Buffer): Buffer | undefined {
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf(HEAD_END);
    if (end < 0) return rest;
    const head = rest.toString("latin1", 0, end + 2);
    const length = Number(/^content-length: *(\d+)\r$/im.exec(head)?.[1] ?? 0);
    const bodyStart = end + HEAD_END.length;
    if (rest.length < bodyStart + length) return rest;
    const body = rest.subarray(bodyStart, bodyStart + length);
    socket.write(responseTo({ target: head.split(" ", 2)[1] ?? "", body }), "latin1");
    if (/^connection: *close\r$/im.test(head)) socket.end();
    rest = rest.subarray(bodyStart + length);
  }
  return undefined;
}

function responseTo({ target, body }: Request): string {
  if (target.startsWith("/echo")) {
    return response("200 OK", body.toString("latin1"), `X-Target: ${target}\r\n`);
  }
  const bytes = /^\/bytes\/(\d{1,8})$/.exec(target)?.[1];
  if (bytes === undefined) return response("404 Not Found", NOT_FOUND_BODY);
  return response("200 OK", payload(Number(bytes)).toString("latin1"));
}

function response(status: string, body: string, fields = ""): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
}
