import { expect, test } from "vitest";
import { head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test("closes the connection without a byte of the response", async () => {
  const backend = await startForTest({ faults: { fault: "close" } });
  const client = new RawClient(backend.port);
  client.send(head("POST", "/", "Content-Length: 2") + "ab");
  expect(await client.takeAll()).toBe("");
  expect(client.ending).toBe("closed");
  expect(backend.stats().byEnding).toMatchObject({ "closed-by-us": 1, "aborted-by-client": 0 });
});
