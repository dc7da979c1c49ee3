import { expect, onTestFinished, test } from "vitest";
import { callFaults } from "../test/call-faults.ts";
import { eventually } from "../test/eventually.ts";
import { exchangeRaw, head, tryConnect } from "../test/raw-client.ts";
import { startForTest } from "../test/start-for-test.ts";
import type { RunningBackend } from "./backend.ts";
import { startControl } from "./control.ts";

async function startControlled(...names: readonly string[]) {
  const backends: RunningBackend[] = [];
  for (const name of names) backends.push(await startForTest({ name }));
  const states = backends.map(({ state }) => state);
  const control = await startControl({ host: "127.0.0.1", port: 0, backends: states });
  onTestFinished(() => control.close());
  return { backends, port: control.port };
}

async function ask(port: number, path: string): Promise<unknown> {
  return JSON.parse((await exchangeRaw(port, head("GET", path))).body);
}

test("heals a backend whose own port is shut", async () => {
  const { backends, port } = await startControlled("A");
  const ownPort = backends[0]?.port ?? 0;
  await callFaults(port, "PUT", [{ fault: "refuse" }]);
  await eventually(async () => (await tryConnect(ownPort)) === "refused");
  expect(await ask(port, "/__backends")).toEqual([
    { name: "A", port: ownPort, mode: "healthy", refusing: true },
  ]);
  await callFaults(port, "DELETE");
  expect(await tryConnect(ownPort)).toBe("accepted");
});

test("changes all backends, or the one that is named", async () => {
  const { backends, port } = await startControlled("A", "B");
  await callFaults(port, "PUT", [{ fault: "status", code: 503 }]);
  await callFaults(port, "DELETE", undefined, "/__faults?backend=A");
  expect(await ask(port, "/__faults")).toMatchObject([
    { backend: "A", faults: [] },
    { backend: "B", faults: [{ fault: "status" }] },
  ]);
  expect(await ask(port, "/__faults?backend=B")).toMatchObject([{ fault: "status" }]);
  await exchangeRaw(port, head("POST", "/fail?backend=B"));
  expect(backends.map((backend) => backend.stats().mode)).toEqual(["healthy", "unhealthy"]);
  expect(await ask(port, "/__stats?backend=B")).toMatchObject({ backend: "B", requests: 0 });
});

test.each([
  ["/__stats?backend=C", 'there is no backend \\"C\\". Valid: A, B'],
  ["/echo", "the control listener has /__backends, /__faults"],
])("answers %s with 404 and says what there is", async (path, message) => {
  const { port } = await startControlled("A", "B");
  const answer = await exchangeRaw(port, head("GET", path));
  expect(answer.status).toBe(404);
  expect(answer.body).toContain(message);
});
