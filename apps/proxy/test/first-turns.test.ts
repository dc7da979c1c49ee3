import { expect, onTestFinished, test, vi } from "vitest";
import { startProxy } from "../src/index.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { sourceOf, get, startConfigured } from "./support/run-proxy.ts";

async function threeBackends(): Promise<readonly string[]> {
  const backends = await Promise.all(["a", "b", "c"].map((name) => startBackend(() => ok(name))));
  return backends.map(({ url }) => url);
}

/** Who answers the first requests, one after the other, for each path. */
async function answersOf(port: number, paths: readonly string[]): Promise<string> {
  const client = await openClient(port);
  let answers = "";
  for (const path of paths) answers += (await client.request(get(path))).body;
  return answers;
}

test("each pool's turns begin where chance says, and go on from there", async () => {
  const backends = await threeBackends();
  const config = sourceOf({
    top: {
      pools: {
        web: { backends, healthCheck: false },
        api: { backends, healthCheck: false },
      },
      routes: [{ path: "/api", pool: "api" }, { pool: "web" }],
    },
  });
  const draws = [1 / 2 ** 32, 1 - 1 / 2 ** 32];
  const { port } = await startConfigured(config, () => draws.shift() ?? 0);
  expect(await answersOf(port, ["/", "/", "/", "/"])).toBe("bcab");
  // The last position, 2^32 - 1, is a multiple of 3; 0 follows it.
  expect(await answersOf(port, ["/api", "/api", "/api"])).toBe("aab");
});

test("proxies that nobody tells where to begin do not march in step", async () => {
  const config = sourceOf({ backends: await threeBackends() });
  const chance = vi.spyOn(Math, "random").mockReturnValue(2 / 2 ** 32);
  const proxy = await startProxy(config).finally(() => chance.mockRestore());
  onTestFinished(async () => {
    await proxy.stop();
  });
  const [address] = proxy.addresses;
  expect(await answersOf(address?.kind === "tcp" ? address.port : 0, ["/"])).toBe("c");
});
