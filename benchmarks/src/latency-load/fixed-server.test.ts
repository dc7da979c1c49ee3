import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { NOT_FOUND_BODY } from "../backend/content-server.ts";
import { payload } from "../backend/payload.ts";
import { findFault } from "../check.ts";
import { createFixedServer } from "./fixed-server.ts";

async function start(): Promise<number> {
  const server = createFixedServer("/bytes/102");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test("it passes the check that every backend and proxy has to pass", async () => {
  const shape = {
    method: "GET",
    bodyBytes: 0,
    responseBytes: 102,
    closeConnection: false,
  } as const;
  expect(await findFault(await start(), shape)).toBeUndefined();
});

test("requests are answered in order, however they are cut", async () => {
  const requests =
    "GET /bytes/102 HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n" +
    "POST /echo?x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /bytes/102 HTTP/1.1\r\nConnection: close\r\n\r\n";
  for (const size of [1, 7, 60, requests.length]) {
    const socket = connect(await start(), "127.0.0.1");
    for (let from = 0; from < requests.length; from += size) {
      socket.write(requests.slice(from, from + size));
      await new Promise(setImmediate);
    }
    const bodies = (await text(socket)).split(/HTTP\/1\.1 \d+ [^]*?\r\n\r\n/).slice(1);
    const fixed = payload(102).toString();
    expect(bodies).toEqual([fixed, NOT_FOUND_BODY, "hello", fixed]);
  }
});
