import { expect, test } from "vitest";
import { callFaults } from "../../test/call-faults.ts";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

async function listed(port: number): Promise<unknown> {
  return JSON.parse((await callFaults(port, "GET")).body);
}

test("PUT replaces the faults and lists them as they were written, and DELETE ends them", async () => {
  const { port } = await startForTest({ faults: { fault: "hang" } });
  const faults = [{ fault: "status", code: 500, probability: 1, for: "20s" }];
  const answer = await callFaults(port, "PUT", faults);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual([{ ...faults[0], id: 2, state: "active", applied: 0 }]);
  expect((await exchangeRaw(port, head("GET", "/"))).status).toBe(500);
  expect(await listed(port)).toMatchObject([{ applied: 1 }]);
  expect((await callFaults(port, "DELETE")).body).toBe("[]\n");
  expect((await exchangeRaw(port, head("GET", "/"))).status).toBe(200);
});

test("takes what GET gave", async () => {
  const { port } = await startForTest({ faults: [{ fault: "status", code: 418 }] });
  expect((await callFaults(port, "PUT", await listed(port))).status).toBe(200);
  expect(await listed(port)).toMatchObject([{ fault: "status", code: 418, id: 2 }]);
});

test("POST adds one, DELETE with its id ends it", async () => {
  const { port } = await startForTest({ faults: { fault: "latency", time: "1ms" } });
  await callFaults(port, "POST", { fault: "status", code: 503 });
  expect(await listed(port)).toMatchObject([{ id: 1 }, { id: 2 }]);
  await callFaults(port, "DELETE", undefined, "/__faults/1");
  expect(await listed(port)).toMatchObject([{ id: 2, fault: "status" }]);
  expect((await callFaults(port, "DELETE", undefined, "/__faults/1")).status).toBe(404);
});

test.each(["refuse", "blackhole"])(
  "does not let %s shut out whoever asks for it",
  async (fault) => {
    const { port } = await startForTest();
    const answer = await callFaults(port, "PUT", { fault });
    expect(answer.status).toBe(409);
    expect(JSON.parse(answer.body).error).toContain('"for":"10s"');
    expect((await callFaults(port, "PUT", { fault, for: "1ms" })).status).toBe(200);
  },
);

test.each([
  ["PUT", "/__faults", [{ fault: "stauts" }], 400, "Did you mean status? Valid: latency"],
  ["PUT", "/__faults", "x", 400, "needs a list such as"],
  ["PUT", "/__faults", undefined, 400, "the body is not JSON"],
  ["PATCH", "/__faults", [], 405, "GET, PUT (replaces), POST (adds) and DELETE"],
  ["PUT", "/__faults/1", [], 405, "takes DELETE only"],
  ["PUT", "/__faults", [{ fault: "x".repeat(17_000) }], 413, "16 KiB at most"],
])("refuses %s %s %j with %i and changes nothing", async (method, path, value, status, message) => {
  const { port } = await startForTest({ faults: { fault: "latency", time: "1ms" } });
  const answer = await callFaults(port, method, value, path);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body).error).toContain(message);
  expect(await listed(port)).toMatchObject([{ fault: "latency" }]);
});
