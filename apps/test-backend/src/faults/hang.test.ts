import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test("takes the whole request, answers nothing and keeps the connection", async () => {
  const backend = await startForTest({ faults: { fault: "hang" } });
  const client = new RawClient(backend.port);
  client.send(head("POST", "/echo", "Content-Length: 3") + "abc");
  await eventually(() => backend.stats().bodyBytes === 3);
  expect([client.received, client.ending]).toEqual(["", "open"]);
  client.socket.destroy();
  await eventually(() => backend.stats().byEnding.hung === 1);
  expect(backend.stats()).toMatchObject({ aborted: 0, byFault: { hang: 1 } });
});

test("does not keep the backend from ending", async () => {
  const backend = await startForTest({ faults: { fault: "hang" } });
  const client = new RawClient(backend.port);
  client.send(head("GET", "/"));
  await eventually(() => backend.stats().byFault["hang"] === 1);
  await backend.close();
  expect(await client.takeAll()).toBe("");
  expect(backend.stats().byEnding).toMatchObject({ hung: 1 });
});
