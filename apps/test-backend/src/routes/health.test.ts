import { expect, test } from "vitest";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test("flips health with /fail and /recover while traffic is served", async () => {
  const { port } = await startForTest();
  const ask = async (method: string, path: string): Promise<number> =>
    (await exchangeRaw(port, head(method, path))).status;
  expect(await ask("GET", "/health")).toBe(200);
  expect(await ask("POST", "/fail")).toBe(200);
  expect([await ask("GET", "/health"), await ask("GET", "/")]).toEqual([503, 200]);
  expect(await ask("POST", "/recover")).toBe(200);
  expect(await ask("HEAD", "/health")).toBe(200);
});

test("says in JSON how it is", async () => {
  const { port } = await startForTest();
  await exchangeRaw(port, head("GET", "/fail"));
  const { body } = await exchangeRaw(port, head("GET", "/health"));
  expect(JSON.parse(body)).toEqual({ backend: "A", status: "unhealthy" });
});
