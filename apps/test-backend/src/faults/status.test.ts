import { expect, test } from "vitest";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test("answers with the code, and says by which fault", async () => {
  const { port } = await startForTest({ faults: { fault: "status", code: 500 } });
  const answer = await exchangeRaw(port, head("POST", "/echo", "Content-Length: 2") + "ab");
  expect(answer.status).toBe(500);
  expect(answer.fields).toContain("X-Backend: A");
  expect(JSON.parse(answer.body)).toEqual({ backend: "A", status: 500, fault: "status" });
});

test.each([
  ["1s", "Retry-After: 1"],
  ["1500ms", "Retry-After: 2"],
  ["2m", "Retry-After: 120"],
])("sends Retry-After %s as %s", async (retryAfter, field) => {
  const { port } = await startForTest({ faults: { fault: "status", retryAfter } });
  const answer = await exchangeRaw(port, head("GET", "/"));
  expect(answer.status).toBe(503);
  expect(answer.fields).toContain(field);
});

test.each([204, 304])("gives %i no body", async (code) => {
  const { port } = await startForTest({ faults: { fault: "status", code } });
  expect(await exchangeRaw(port, head("GET", "/bytes/9"))).toMatchObject({
    status: code,
    body: "",
  });
});
