import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

function isPattern(body: string): boolean {
  for (let i = 0; i < body.length; i++) if (body.charCodeAt(i) !== i % 251) return false;
  return true;
}

test.each([0, 1, 251, 65_511, 65_512, 1_000_000])(
  "sends %i deterministic bytes with their length",
  async (length) => {
    const { port } = await startForTest();
    const { body, fields } = await exchangeRaw(port, head("GET", `/bytes/${length}`));
    expect(fields).toContain(`Content-Length: ${length}`);
    expect(body.length).toBe(length);
    expect(isPattern(body)).toBe(true);
  },
);

test("sends chunks instead of a length when asked to", async () => {
  const { port } = await startForTest();
  const { body, fields } = await exchangeRaw(port, head("GET", "/bytes/300?chunked"));
  expect(fields).toContain("Transfer-Encoding: chunked");
  expect(fields.some((field) => field.startsWith("Content-Length"))).toBe(false);
  expect(body.startsWith("12c\r\n\x00\x01")).toBe(true);
  expect(body.endsWith("\r\n0\r\n\r\n")).toBe(true);
});

test("answers HEAD for 9 PB with the length alone", async () => {
  const { port } = await startForTest();
  const { body, fields } = await exchangeRaw(port, head("HEAD", "/bytes/9007199254740991"));
  expect(fields).toContain("Content-Length: 9007199254740991");
  expect(body).toBe("");
});

test("stops producing when the client does not read, and ends when it leaves", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send(head("GET", "/bytes/9007199254740991"));
  await client.take("\r\n\r\n");
  client.socket.pause();
  // If backpressure were ignored, the loop would never yield and this answer would never come.
  expect((await exchangeRaw(backend.port, head("GET", "/"))).status).toBe(200);
  client.socket.destroy();
  await eventually(() => backend.stats().aborted === 1);
});

test.each(["", "x", "-1", "1.5", "0x10", "99999999999999999", "1/2"])(
  "refuses /bytes/%s with 400",
  async (argument) => {
    const { port } = await startForTest();
    expect((await exchangeRaw(port, head("GET", `/bytes/${argument}`))).status).toBe(400);
  },
);
