import { expect, test } from "vitest";
import { openClient } from "./support/raw-client.ts";
import { Visitor, startSticky } from "./support/sticky.ts";

test("200 sessions stick over two workers, on whatever connections they come", async () => {
  const { proxy } = await startSticky({}, { top: { workers: 2 } });
  const clients = await Promise.all(Array.from({ length: 40 }, () => openClient(proxy.port)));
  const cookies: string[] = Array(200).fill("");
  const homes = cookies.map(() => new Set<string>());
  let given = 0;
  for (let turn = 0; turn < 10; turn++) {
    await Promise.all(
      clients.map(async (client, place) => {
        for (let at = 0; at < 5; at++) {
          // Another connection each turn, so that both workers see every session.
          const session = ((place + turn * 7) % clients.length) * 5 + at;
          const visitor = new Visitor(client);
          visitor.cookie = cookies[session] as string;
          homes[session]?.add(await visitor.visit());
          cookies[session] = visitor.cookie;
          given += visitor.cookies;
        }
      }),
    );
  }
  const records = await proxy.recorded(2_000);
  const served = new Set(records.map(({ request_id }) => request_id.split("-")[0]));
  expect(served.size).toBe(2);
  expect(homes.every(({ size }) => size === 1)).toBe(true);
  expect(given).toBe(200);
  expect(new Set(homes.flatMap((of) => [...of])).size).toBe(3);
});
