import type { StrictRequest } from "../strict/request.ts";
import {
  type Answer,
  echoLines,
  inChunks,
  interim,
  untilClose,
  withLength,
  write,
} from "./answers.ts";
import type { FaultyConnection } from "./faulty-connection.ts";
import { poison } from "./oracle.ts";

/**
 * What a backend connection does wrong, once. `arrival`: at the first bytes of a request. `answer`:
 * instead of a good answer. `idle`: after a good one.
 */
export type Fault =
  | { readonly when: "arrival"; readonly act: (connection: FaultyConnection) => void }
  | {
      readonly when: "answer";
      readonly act: (connection: FaultyConnection, request: StrictRequest) => void;
    }
  | { readonly when: "idle"; readonly act: (connection: FaultyConnection) => void };

function onAnswer(act: (connection: FaultyConnection, request: StrictRequest) => void): Fault {
  return { when: "answer", act };
}

const malformedHeads: readonly ((echo: string) => string)[] = [
  (echo) => `HTTP/1.1 20 OK\r\n${echo}Content-Length: 0\r\n\r\n`,
  (echo) => `HTTP/2.0 200 OK\r\n${echo}Content-Length: 0\r\n\r\n`,
  (echo) => `HTTP/1.1 200 OK\n${echo}Content-Length: 0\r\n\r\n`,
  (echo) => `HTTP/1.1 200 OK\r\n${echo}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
  (echo) =>
    `HTTP/1.1 200 OK\r\n${echo}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  (echo) => `HTTP/1.1 200 OK\r\n${echo}Transfer-Encoding: gzip\r\n\r\nx`,
  (echo) => `HTTP/1.1 200 OK\r\n${echo}Content-Length: -1\r\n\r\n`,
  (echo) => `HTTP/1.1 200 OK\r\n${echo}X-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n`,
  (echo) => `HTTP/1.1 200 OK\r\n${echo}X A: 1\r\nContent-Length: 0\r\n\r\n`,
  (echo) => `HTTP/1.1 200 OK\r\n${echo}X-A: \0\r\nContent-Length: 0\r\n\r\n`,
  (echo) => `\r\nHTTP/1.1 200 OK\r\n${echo}Content-Length: 0\r\n\r\n`,
  () => "SSH-2.0-OpenSSH_9.2\r\n",
];

/** Up to this the kernel takes a write, and the proxy reads it, in one piece. */
const onePieceBytes = 32_000;

function extraBehind({ isLast }: FaultyConnection, { body }: Answer): string {
  return isLast && body.length < onePieceBytes ? poison : "EXTRA";
}

function truncated(kind: "length" | "chunks", isReset: boolean): Fault {
  return onAnswer((connection, request) => {
    const { random } = connection;
    const { head, body } = kind === "length" ? withLength(request) : inChunks(request, random);
    write(connection.socket, { head, body: body.subarray(0, random.below(body.length)) });
    connection.leave(isReset);
  });
}

function leavesAfter(answered: boolean, isReset: boolean): Fault {
  return onAnswer((connection, request) => {
    if (answered) write(connection.socket, withLength(request));
    else connection.socket.write(withLength(request).head.slice(0, 30));
    connection.leave(isReset);
  });
}

function leavesIdle(isReset: boolean): Fault {
  return { when: "idle", act: (connection) => connection.later(() => connection.leave(isReset)) };
}

/*
 * A well-formed response that arrives while another request is under way on its connection is that
 * request's answer as far as any intermediary can tell. So a whole forged response is only sent where
 * the connection is idle beyond doubt: behind an answer in one write with nothing else asked, or
 * while the proxy stands still. In all other places the extra bytes are no HTTP.
 */
export const faults: Readonly<Record<string, Fault>> = {
  "a response on an idle connection while the proxy is stalled": {
    when: "idle",
    act: (connection) => connection.whenStalled(poison),
  },
  "bytes on an idle connection while the proxy is stalled": {
    when: "idle",
    act: (connection) => connection.whenStalled("\r\n"),
  },
  "bytes on an idle connection": {
    when: "idle",
    act: (connection) => connection.later(() => connection.stray("STRAY\r\n\r\n")),
  },
  "FIN on an idle connection": leavesIdle(false),
  "RST on an idle connection": leavesIdle(true),
  "FIN as the request is written": { when: "arrival", act: ({ leave }) => leave(false) },
  "RST as the request is written": { when: "arrival", act: ({ leave }) => leave(true) },
  "an extra response behind the response": onAnswer((connection, request) => {
    const answer = withLength(request);
    write(connection.socket, answer, extraBehind(connection, answer));
  }),
  "an extra response behind chunks": onAnswer((connection, request) => {
    const answer = inChunks(request, connection.random);
    write(connection.socket, answer, extraBehind(connection, answer));
  }),
  "a body longer than its length": onAnswer((connection, request) => {
    write(connection.socket, withLength(request), "x".repeat(1 + connection.random.below(5_000)));
  }),
  "a body behind an answer to HEAD or a 204": onAnswer((connection, request) => {
    const head = `HTTP/1.1 204 No Content\r\n${echoLines(request)}\r\n`;
    const behind = connection.isLast ? poison : "EXTRA";
    if (request.method === "HEAD") write(connection.socket, withLength(request), behind);
    else connection.socket.write(head + behind);
  }),
  "a short body, then FIN": truncated("length", false),
  "a short body, then RST": truncated("length", true),
  "chunks without end, then FIN": truncated("chunks", false),
  "chunks without end, then RST": truncated("chunks", true),
  "half a head, then FIN": leavesAfter(false, false),
  "half a head, then RST": leavesAfter(false, true),
  "a response, then FIN": leavesAfter(true, false),
  "a response, then RST": leavesAfter(true, true),
  "a body until close, then FIN": onAnswer((connection, request) => {
    write(connection.socket, untilClose(request));
    connection.leave(false);
  }),
  "a body until close, then RST": onAnswer((connection, request) => {
    const { head, body } = untilClose(request);
    write(connection.socket, {
      head,
      body: body.subarray(0, connection.random.below(body.length)),
    });
    connection.leave(true);
  }),
  "a flood of 1xx": onAnswer((connection, request) => {
    const { head, body } = withLength(request);
    write(connection.socket, { head: interim(request).repeat(200) + head, body });
  }),
  "101 that nobody asked for": onAnswer(({ socket }) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: a\r\n\r\n${poison}`,
    );
  }),
  "a malformed head": onAnswer(({ socket, random }, request) => {
    socket.write(random.pick(malformedHeads)(echoLines(request)));
  }),
  "an answer before the request is read": {
    when: "arrival",
    act: (connection) => connection.answerEarly(),
  },
  silence: onAnswer(() => {}),
};
