import { afterEach, beforeEach, expect, test } from "vitest";
import { Bench, wantedProxy } from "./bench/bench.ts";
import { RawClient } from "./bench/raw-client.ts";
import { type ResponseStream, parseResponses } from "./strict/response.ts";

/*
 * A response body is content, whatever it looks like: with a pipelined request waiting behind it, a
 * body that reads like a head must neither answer that request nor stay behind for somebody else.
 */

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start(wantedProxy);
});
afterEach(async () => {
  await bench.stop();
});

const bodies: Record<string, string> = {
  "a whole response": "HTTP/1.1 200 OK\r\nX-Forged: yes\r\nContent-Length: 6\r\n\r\nforged",
  "half a head": "HTTP/1.1 200 OK\r\nX-Forged: yes\r\nX-Rest: ",
  "an interim response": "HTTP/1.1 103 Early Hints\r\nX-Forged: yes\r\n\r\n",
  "no head at all": "plain text",
};

test.for(Object.entries(bodies))("a body with %s, and a pipelined request", async ([, body]) => {
  bench.recorder.script = ({ target }) =>
    target === "/bait"
      ? (_, socket) =>
          void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      : null;
  const client = await RawClient.connect(bench.proxy.port);
  const request = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`;
  await client.send([Buffer.from(request("/bait") + request("/mine"))]);
  const canary = await bench.settle(client);
  const parsed: ResponseStream = parseResponses(client.received, () => "GET", client.ending);
  client.reset();
  expect(canary).toBeNull();
  expect(parsed.rest).toBe("none");
  expect(parsed.informational).toEqual([]);
  expect(parsed.responses.map((response) => response.body.latin1Slice())).toEqual([
    body,
    expect.stringContaining('"target":"/mine"'),
  ]);
});
