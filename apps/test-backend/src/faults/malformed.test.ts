import { request } from "node:http";
import { expect, test } from "vitest";
import { head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";
import { malformed } from "./malformed.ts";

const forms = malformed.parameters["form"]?.meaning.split(", ") ?? [];

async function receive(form: string): Promise<string> {
  const { port } = await startForTest({ faults: { fault: "malformed", form } });
  const client = new RawClient(port);
  client.send(head("POST", "/", "Content-Length: 2") + "ab");
  return client.takeAll();
}

/** How node:http takes it. */
async function judge(form: string): Promise<"accepted" | "refused"> {
  const { port } = await startForTest({ faults: { fault: "malformed", form } });
  return new Promise((resolve) => {
    request({ port, host: "127.0.0.1" }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.complete ? "accepted" : "refused"));
      response.once("error", () => resolve("refused"));
    })
      .once("error", () => resolve("refused"))
      .end();
  });
}

// What llhttp lets pass although RFC 9112 7 does not: chunked must be the last coding.
const acceptedByNode = new Set(["unknown-coding"]);

test.each(forms)("%s is refused by a strict parser", async (form) => {
  expect(await judge(form)).toBe(acceptedByNode.has(form) ? "accepted" : "refused");
});

test.each([
  ["status-line", /^HTTP\/1\.1 OK\r\n/],
  ["version", /^HTTP\/9\.9 /],
  ["no-head-end", /Content-Length: 9\r\n$/],
  ["bare-lf", /^HTTP\/1\.1 200 OK\n[^\r]*$/],
  ["obs-fold", /\r\nX-Fold: a\r\n b\r\n/],
  ["two-lengths", /Content-Length: 9\r\nContent-Length: 10\r\n/],
  ["length-and-chunked", /Content-Length: 9\r\nTransfer-Encoding: chunked\r\n/],
  ["chunk-size", /\r\n\r\nzz\r\n/],
  ["huge-head", /X-Huge: x{262144}\r\n/],
  ["extra-bytes", /Content-Length: 9\r\n\r\nmalformedand more/],
])("%s goes out byte for byte", async (form, bytes) => {
  const received = await receive(form);
  expect(received).toMatch(bytes);
  expect(received).toContain("X-Backend: A");
});

test("holds the connection open with end=hold, and counts what it sent as no answer", async () => {
  const faults = { fault: "malformed", form: "no-head-end", end: "hold" };
  const backend = await startForTest({ faults });
  const client = new RawClient(backend.port);
  client.send(head("GET", "/"));
  await client.take("Content-Length: 9\r\n");
  expect(client.ending).toBe("open");
  await backend.close();
  expect(backend.stats().byEnding).toMatchObject({ answered: 0, hung: 1 });
});
