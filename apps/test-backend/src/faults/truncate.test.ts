import { expect, test } from "vitest";
import { head, parseAnswer, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test.each([
  [undefined, 99],
  [0, 0],
  [30, 30],
  ["1MiB", 99],
])("with after=%s it closes after %i of 100 announced bytes", async (after, arrived) => {
  const faults = { fault: "truncate", ...(after === undefined ? {} : { after }) };
  const backend = await startForTest({ faults });
  const client = new RawClient(backend.port);
  client.send("GET /bytes/100 HTTP/1.1\r\nHost: a\r\n\r\n");
  const { fields, body } = parseAnswer(await client.takeAll());
  expect(fields).toContain("Content-Length: 100");
  expect([body.length, client.ending]).toEqual([arrived, "closed"]);
  expect(backend.stats().byEnding).toMatchObject({ "closed-by-us": 1, answered: 0 });
});

test("leaves a chunked body without its last chunk", async () => {
  const { port } = await startForTest({ faults: { fault: "truncate" } });
  const client = new RawClient(port);
  client.send(head("GET", "/stream?pieces=2&interval=0"));
  const { body } = parseAnswer(await client.takeAll());
  expect(body).toContain('"piece":2');
  expect(body).not.toContain("\r\n0\r\n");
});
