import { expect, test } from "vitest";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test.each([200, 201, 301, 404, 418, 500, 503, 599])("answers with code %i", async (code) => {
  const { port } = await startForTest();
  const answer = await exchangeRaw(port, head("GET", `/status/${code}`));
  expect(answer.status).toBe(code);
  expect(JSON.parse(answer.body)).toEqual({ backend: "A", status: code });
});

test.each([
  [204, false],
  [205, true],
  [304, false],
])("answers %i without a body and with a length: %s", async (code, hasLength) => {
  const { port } = await startForTest();
  const { status, fields, body } = await exchangeRaw(port, head("GET", `/status/${code}`));
  expect([status, body]).toEqual([code, ""]);
  expect(fields.includes("Content-Length: 0")).toBe(hasLength);
  expect(fields.some((field) => field.startsWith("Transfer-Encoding"))).toBe(false);
});

test.each([
  [302, "Location: /"],
  [401, 'WWW-Authenticate: Basic realm="test-backend"'],
  [405, "Allow: GET, HEAD"],
])("gives %i the field that its definition asks for", async (code, field) => {
  const { port } = await startForTest();
  const answer = await exchangeRaw(port, head("GET", `/status/${code}`));
  expect(answer.fields).toContain(field);
});

test.each(["100", "101", "199", "0", "99", "600", "2x0", ""])(
  "refuses /status/%s with 400",
  async (argument) => {
    const { port } = await startForTest();
    const answer = await exchangeRaw(port, head("GET", `/status/${argument}`));
    expect(answer.status).toBe(400);
    expect(answer.body).toContain("/status/");
  },
);
