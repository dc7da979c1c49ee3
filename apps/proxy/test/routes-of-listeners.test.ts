import { expect, test } from "vitest";
import { status } from "./support/message.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startTestProxy } from "./support/run-proxy.ts";
import { socketPath } from "./support/socket-path.ts";

type Settings = Readonly<Record<string, unknown>>;

/** What each listener answers: the pool's name, or the status. */
async function startListeners(
  listeners: readonly Settings[],
  routes: readonly Settings[],
  workers = 0,
): Promise<(listener: number, text?: string) => Promise<string>> {
  const pools: Record<string, Settings> = {};
  for (const name of ["a", "b", "c"]) {
    const { url } = await startBackend(() => ok(name));
    pools[name] = { backends: [url], healthCheck: false };
  }
  const tcp = { address: "127.0.0.1:0" };
  const top = { pools, routes, workers, listeners: listeners.map((one) => ({ ...tcp, ...one })) };
  const { running } = await startTestProxy({ top });
  return async (listener, text = get()) => {
    const address = running.addresses[listener];
    const client = await openClient(address?.kind === "tcp" ? address.port : (address?.path ?? 0));
    const response = await client.request(text);
    return status(response) === 200 ? response.body : String(status(response));
  };
}

test.each([0, 2])(
  "each port has its own routes, and those for all (%i workers)",
  async (workers) => {
    const ask = await startListeners(
      [{ name: "one" }, { name: "two" }, {}],
      [
        { listeners: ["one"], path: "/x", pool: "a" },
        { listeners: ["one", "two"], path: "/y", pool: "b" },
        { path: "/z", pool: "c" },
      ],
      workers,
    );
    const answers = async (path: string): Promise<readonly string[]> =>
      await Promise.all([0, 1, 2].map((listener) => ask(listener, get(path))));
    expect(await answers("/x")).toEqual(["a", "404", "404"]);
    expect(await answers("/y")).toEqual(["b", "b", "404"]);
    expect(await answers("/z")).toEqual(["c", "c", "c"]);
  },
);

test("a route for one listener comes before the same one for all, wherever it stands", async () => {
  const ask = await startListeners(
    [{ name: "one" }, {}],
    [{ pool: "a" }, { listeners: ["one"], pool: "b" }],
  );
  expect([await ask(0), await ask(1)]).toEqual(["b", "a"]);
});

test("a path outranks a listener", async () => {
  const ask = await startListeners(
    [{ name: "one" }],
    [
      { listeners: ["one"], pool: "a" },
      { path: "/x", pool: "b" },
    ],
  );
  expect([await ask(0), await ask(0, get("/x"))]).toEqual(["a", "b"]);
});

test("a unix socket is a listener like others", async () => {
  const ask = await startListeners(
    [{ name: "file", address: `unix:${socketPath()}` }, {}],
    [{ listeners: ["file"], pool: "a" }, { pool: "b" }],
  );
  expect([await ask(0), await ask(1)]).toEqual(["a", "b"]);
});
