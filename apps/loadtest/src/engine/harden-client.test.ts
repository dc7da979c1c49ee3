import autocannon from "autocannon";
import { expect, onTestFinished, test } from "vitest";
import {
  type Answer,
  okResponse,
  planFor,
  refusedUrl,
  startHttp,
  startRaw,
} from "../../test/servers.ts";
import type { Observation } from "../observation/observation.ts";
import type { AutocannonClient } from "./autocannon-client.ts";
import { runClosedLoop } from "./closed-loop.ts";
import { hardenClient, reconnectDelayMs } from "./harden-client.ts";
import type { ErrorKind } from "./outcome.ts";
import type { ClosedLoopPlan } from "./plan.ts";

async function run(answer: Answer, overrides: Partial<ClosedLoopPlan> = {}): Promise<Observation> {
  const { url } = await startRaw(answer);
  return await runClosedLoop(planFor(url, overrides));
}

function onSecond(fault: (socket: Parameters<Answer>[0]) => void): Answer {
  return (socket, n) => {
    if (n === 2) fault(socket);
    else socket.write(okResponse);
  };
}

function expectOneError(observation: Observation, kind: ErrorKind): void {
  const { sent, responses, errors, latenciesUs } = observation;
  expect(errors).toEqual({ ...noErrors, [kind]: 1 });
  expect({ sent, responses, measured: latenciesUs.count }).toEqual({
    sent: 5,
    responses: 4,
    measured: 4,
  });
  expect(observation.backends).toEqual(new Map([["a", 4]]));
}

const noErrors = {
  refused: 0,
  reset: 0,
  timeout: 0,
  "closed-early": 0,
  malformed: 0,
  mismatch: 0,
  other: 0,
};

test("counts a close without a response as one error, and no other request with it", async () => {
  expectOneError(await run(onSecond((socket) => socket.end())), "closed-early");
});

test("counts a truncated body as one error, and reads the next response whole", async () => {
  const truncated = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 10\r\n\r\nhalf";
  expectOneError(await run(onSecond((socket) => socket.end(truncated))), "closed-early");
});

test("counts a truncated chunked body as one error", async () => {
  const truncated = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe";
  expectOneError(await run(onSecond((socket) => socket.end(truncated))), "closed-early");
});

test("counts a reset as one error and keeps the system's code", async () => {
  const observation = await run(onSecond((socket) => socket.resetAndDestroy()));
  expectOneError(observation, "reset");
  expect(observation.errorCodes).toEqual(new Map([["ECONNRESET", 1]]));
});

test("counts a response that never comes as one timeout", async () => {
  const observation = await run(
    onSecond(() => {}),
    { timeoutMs: 500 },
  );
  expectOneError(observation, "timeout");
});

test("counts a response that stalls in its body as one timeout", async () => {
  const stalled = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
  const observation = await run(
    onSecond((socket) => socket.write(stalled)),
    { timeoutMs: 500 },
  );
  expectOneError(observation, "timeout");
});

test("counts every refused connection once when the target goes away in the middle", async () => {
  const { url, server } = await startRaw((socket) => {
    server.close();
    socket.end(okResponse.replace("Content-Length", "Connection: close\r\nContent-Length"));
  });
  const observation = await runClosedLoop(planFor(url, { timeoutMs: 1_000 }));
  expect(observation).toMatchObject({ sent: 5, responses: 1 });
  expect(observation.errors).toEqual({ ...noErrors, refused: 4 });
  expect(observation.errorCodes).toEqual(new Map([["ECONNREFUSED", 4]]));
});

test("does not count a timeout while it waits to reconnect", async () => {
  const url = await refusedUrl();
  const lost = await lostInProcess(url, 4, (client) => {
    // What autocannon's timeout ticker does; here it fires in the pause after a failure.
    setImmediate(() => {
      if (client.pipelinedRequests.size() > 0) return;
      client._destroyConnection();
      client._connect();
    });
  });
  expect(lost).toEqual(["refused", "refused", "refused", "refused"]);
});

test("waits longer after each failure in a row, so that a dead target is not a busy loop", () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((failures) => reconnectDelayMs(failures));
  expect(delays).toEqual([0, 0, 20, 40, 80, 160, 250, 250, 250]);
});

test("counts bytes that are not HTTP as one malformed response", async () => {
  expectOneError(await run(onSecond((socket) => socket.write("SMTP ready\r\n\r\n"))), "malformed");
});

test("counts a response that is followed by stray bytes as malformed", async () => {
  expectOneError(await run(onSecond((socket) => socket.write(okResponse.repeat(2)))), "malformed");
});

test("counts a complete response with the wrong body as a mismatch", async () => {
  const observation = await run(
    onSecond((socket) => socket.write(okResponse.replace(/ok$/, "no"))),
    { expectBody: "ok" },
  );
  expectOneError(observation, "mismatch");
});

test("waits for the final response behind an interim one", async () => {
  const early = "HTTP/1.1 103 Early Hints\r\nX-Backend: hint\r\nLink: </a>\r\n\r\n";
  const observation = await run((socket) => socket.write(early + okResponse));
  expect(observation.statuses).toEqual(new Map([[200, 5]]));
  expect(observation.backends).toEqual(new Map([["a", 5]]));
});

test("does not wait for a body in the answer to HEAD", async () => {
  const head = okResponse.replace("2\r\n\r\nok", "2000\r\n\r\n");
  const { url, connections } = await startRaw((socket) => socket.write(head));
  const observation = await runClosedLoop(planFor(url, { method: "HEAD" }));
  expect(observation).toMatchObject({ sent: 5, responses: 5 });
  expect(connections()).toBe(1);
});

test("opens a new connection after Connection: close instead of losing a request to the old one", async () => {
  const { url, connections } = await startHttp((_request, response) => {
    response.writeHead(200, { connection: "close", "x-backend": "a" }).end("ok");
  });
  const observation = await runClosedLoop(planFor(url));
  expect(observation).toMatchObject({ sent: 5, responses: 5 });
  expect(observation.errors).toEqual(noErrors);
  expect(connections()).toBe(5);
});

test("takes a body that ends with the connection as complete", async () => {
  const observation = await run((socket) =>
    socket.end("HTTP/1.1 200 OK\r\nX-Backend: a\r\n\r\nuntil the end"),
  );
  expect(observation).toMatchObject({ sent: 5, responses: 5 });
  expect(observation.errors).toEqual(noErrors);
  expect(observation.latenciesUs.count).toBe(5);
});

test("accounts for every request when faults of all kinds are mixed", async () => {
  let seen = 0;
  const observation = await run(
    (socket, n) => {
      seen += 1;
      if (n % 7 === 0) socket.end();
      else if (n % 11 === 0) socket.resetAndDestroy();
      else if (n % 13 === 0) socket.write("garbage\r\n\r\n");
      else socket.write(okResponse);
    },
    { requests: 300, connections: 5 },
  );
  const lost = observation.errors["closed-early"] + observation.errors.reset;
  expect(observation.responses + lost + observation.errors.malformed).toBe(300);
  expect(observation.sent).toBe(300);
  expect(seen).toBe(300);
});

test("never has two requests pending, which is what shifts latencies to the wrong request", async () => {
  const { url } = await startRaw((socket, n) => {
    if (n % 3 === 0) socket.end();
    else socket.write(okResponse);
  });
  const pending: number[] = [];
  const lost = await lostInProcess(url, 9, (client) => {
    pending.push(client.pipelinedRequests.size());
  });
  expect(lost).toEqual(["closed-early", "closed-early", "closed-early"]);
  expect(pending).toEqual(Array.from({ length: 9 }, () => 0));
});

/** Runs one client in this thread; `onOutcome` is called after every response and every loss. */
async function lostInProcess(
  url: string,
  amount: number,
  onOutcome: (client: AutocannonClient) => void,
): Promise<ErrorKind[]> {
  const lost: ErrorKind[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const setupClient = (client: AutocannonClient): void =>
    hardenClient(client, planFor(url), {
      response: () => onOutcome(client),
      lost: (kind) => {
        lost.push(kind);
        onOutcome(client);
      },
      aborted: () => {},
      connected: () => {},
      done: resolve,
    });
  const options = { url, connections: 1, amount, method: "GET", headers: {}, setupClient };
  const tracker = autocannon(options, () => {});
  onTestFinished(() => tracker.stop());
  await promise;
  return lost;
}

test("lets a late error of an old connection pass in silence", async () => {
  const { url, connections } = await startRaw((socket, n) => {
    if (n === 2) socket.end();
    else socket.write(okResponse);
  });
  const lost = await lostInProcess(url, 5, (client) => {
    const old = client.conn;
    // After the loss this is the ended connection; the client has the next one by then.
    setImmediate(() => {
      if (client.conn !== old) old?.emit("error", new Error("late"));
    });
  });
  expect(lost).toEqual(["closed-early"]);
  expect(connections()).toBe(2);
});

test("keeps the connection after a HEAD response that says nothing about a body", async () => {
  const { url, connections } = await startRaw((socket) =>
    socket.write("HTTP/1.1 200 OK\r\nX-Backend: a\r\n\r\n"),
  );
  const observation = await runClosedLoop(planFor(url, { method: "HEAD" }));
  expect(observation).toMatchObject({ sent: 5, responses: 5 });
  expect(connections()).toBe(1);
});
