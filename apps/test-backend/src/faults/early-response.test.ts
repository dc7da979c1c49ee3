import { expect, test } from "vitest";
import { exchangeRaw, head, parseAnswer, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

const upload = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

test("answers before a byte of the body was sent, then drains it and serves the next", async () => {
  const faults = { fault: "early-response", method: "POST" };
  const backend = await startForTest({ faults });
  const client = new RawClient(backend.port);
  client.send(upload);
  expect(parseAnswer(await client.take("}\n")).status).toBe(413);
  client.send(`abcde${head("GET", "/bytes/3")}`);
  expect(parseAnswer(await client.takeAll()).status).toBe(200);
  expect(backend.stats().bodyBytes).toBe(5);
});

test("closes the connection with rest=close", async () => {
  const { port } = await startForTest({
    faults: { fault: "early-response", code: 403, rest: "close" },
  });
  const client = new RawClient(port);
  client.send(upload);
  const answer = parseAnswer(await client.takeAll());
  expect(answer.status).toBe(403);
  expect(answer.fields).toContain("Connection: close");
});

test("never reads the body with rest=hold", async () => {
  const backend = await startForTest({ faults: { fault: "early-response", rest: "hold" } });
  const client = new RawClient(backend.port);
  client.send(upload.replace("5", "50000000"));
  expect(parseAnswer(await client.take("}\n")).status).toBe(413);
  for (let i = 0; i < 50; i++) client.send("x".repeat(1_000_000));
  // Time enough to read all of it, if anybody did.
  for (let i = 0; i < 200; i++) await exchangeRaw(backend.port, head("GET", "/health"));
  expect(client.socket.writableLength).toBeGreaterThan(10_000_000);
  expect(client.ending).toBe("open");
});
