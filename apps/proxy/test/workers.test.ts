import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { reloadWith } from "./support/reload.ts";
import { get, startTestProxy } from "./support/run-proxy.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const two = { workers: 2 };

/** Tells the worker threads that were made since, first one first. */
function watchSpawns(): () => readonly Worker[] {
  const spy = vi.spyOn(Worker.prototype, "on");
  return () => [...new Set(spy.mock.contexts as Worker[])];
}

/** The response to one request over a new connection, or null if the connection was cut. */
async function ask(port: number): Promise<string | null> {
  try {
    const client = await openClient(port);
    return (await client.request(get("/", "Connection: close\r\n"))).line;
  } catch {
    return null;
  }
}

describe("two workers", () => {
  test("give 1,000 requests over 50 connections to 3 backends in exact turns", async () => {
    const backends = await Promise.all([1, 2, 3].map(() => startBackend(() => ok())));
    const proxy = await startTestProxy({ backends: backends.map(({ url }) => url), top: two });
    const clients = await Promise.all(Array.from({ length: 50 }, () => openClient(proxy.port)));
    await Promise.all(
      clients.map(async (client) => {
        for (let turn = 0; turn < 20; turn++) {
          expect((await client.request(get())).body).toBe("ok");
        }
      }),
    );
    const counts = backends.map(({ requests }) => requests.length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(1_000);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    expect(await proxy.recorded(1_000)).toHaveLength(1_000);
    expect(new Set(proxy.records().map((record) => record.request_id)).size).toBe(1_000);
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("both serve", async () => {
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({ backends: [backend.url], top: two });
    const workers = (): Set<string | undefined> =>
      new Set(proxy.records().map((record) => record.request_id.split("-")[0]));
    for (let asked = 1; workers().size < 2; asked++) {
      expect(await ask(proxy.port)).toBe("HTTP/1.1 200 OK");
      await proxy.recorded(asked);
    }
    expect(workers().size).toBe(2);
  });

  test("are drained together", async () => {
    const backend = await startBackend();
    const proxy = await startTestProxy({ backends: [backend.url], top: two });
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    const stopped = proxy.stop();
    connection.send(ok("late"));
    expect((await client.response()).body).toBe("late");
    client.end();
    expect(await stopped).toEqual({ isClean: true });
    expect(proxy.records()).toMatchObject([{ status: 200 }]);
    expect(proxy.crashes).toEqual([]);
  });

  test("are ended when one hangs beyond shutdown.timeout", async () => {
    const backend = await startBackend();
    const proxy = await startTestProxy({
      backends: [backend.url],
      top: { ...two, shutdown: { timeout: "300ms" } },
    });
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    expect(await proxy.stop()).toEqual({ isClean: false });
    await client.untilEnded();
    await connection.untilEnded();
    expect(proxy.crashes).toEqual([]);
  });
});

describe("a worker that dies", () => {
  test("is replaced, and both serve again", async () => {
    const threads = watchSpawns();
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({ backends: [backend.url], top: two });
    expect(threads()).toHaveLength(2);
    await threads()[0]?.terminate();
    await eventually("it is replaced", () => threads().length === 3);
    expect(proxy.crashes).toEqual(["0: the thread ended"]);
    await threads()[1]?.terminate();
    await eventually("the other is replaced too", () => threads().length === 4);
    let line: string | null = null;
    while (line === null) line = await ask(proxy.port);
    expect(line).toBe("HTTP/1.1 200 OK");
    await eventually("both are said to be", () => proxy.replaced.length === 2);
    expect(new Set(proxy.replaced.map(({ worker }) => worker))).toEqual(new Set([0, 1]));
  });

  test("is replaced by one that picks as the pool was told to meanwhile", async () => {
    const threads = watchSpawns();
    const backends = [await startBackend(() => ok("one")), await startBackend(() => ok("two"))];
    const proxy = await startTestProxy({ backends: backends.map(({ url }) => url), top: two });
    expect(await proxy.running.setStrategy("web", "first")).toBeNull();
    await Promise.all(threads().map(async (thread) => await thread.terminate()));
    await eventually("both are replaced", () => proxy.replaced.length === 2);
    const before = backends[1]?.requests.length;
    for (let turn = 0; turn < 10; turn++) {
      expect((await (await openClient(proxy.port)).request(get())).body).toBe("one");
    }
    expect(backends[1]?.requests.length).toBe(before);
  });

  test.each([0, 1])("during a reload, number %i, does not stop it", async (dying) => {
    const threads = watchSpawns();
    const backends = [await startBackend(() => ok("one")), await startBackend(() => ok("two"))];
    const [one = "", other = ""] = backends.map(({ url }) => url);
    const proxy = await startTestProxy({ backends: [one], top: two });
    const reloading = reloadWith(proxy, { backends: [other], top: two });
    await threads()[dying]?.terminate();
    expect(await reloading).toMatchObject({ ok: true, generation: 2 });
    await eventually("it is replaced", () => proxy.replaced.length === 1);
    for (let turn = 0; turn < 20; turn++) {
      expect((await (await openClient(proxy.port)).request(get())).body).toBe("two");
    }
  });

  test("and was the only one does not stop a reload, which waits for the next one", async () => {
    const threads = watchSpawns();
    const backends = [await startBackend(() => ok("one")), await startBackend(() => ok("two"))];
    const [one = "", other = ""] = backends.map(({ url }) => url);
    const top = { workers: 1 };
    const proxy = await startTestProxy({ backends: [one], top });
    await threads()[0]?.terminate();
    expect(await reloadWith(proxy, { backends: [other], top })).toMatchObject({ ok: true });
    await eventually("it is replaced", () => proxy.replaced.length === 1);
    expect((await (await openClient(proxy.port)).request(get())).body).toBe("two");
  });

  test("does not disturb a request in the other one", async () => {
    const threads = watchSpawns();
    const backend = await startBackend();
    const proxy = await startTestProxy({ backends: [backend.url], top: two });
    // Each worker dials its own connection, so the one whose request survives is found by killing.
    const clients = await Promise.all(Array.from({ length: 16 }, () => openClient(proxy.port)));
    for (const client of clients) client.send(get());
    for (let index = 0; index < 16; index++) await (await backend.connection(index)).request();
    expect(proxy.running.inFlight()).toBe(16);
    await threads()[0]?.terminate();
    const lost = (): number =>
      clients.filter(({ isEnded, isClosed }) => isEnded || isClosed).length;
    await eventually("its requests are given up", () => proxy.running.inFlight() === 16 - lost());
    await eventually("its backend connections are gone", () => {
      return backend.openConnections.length === 16 - lost();
    });
    expect(lost()).toBeLessThan(16);
    for (const connection of backend.openConnections) connection.send(ok("survived"));
    for (const client of clients) {
      if (!client.isEnded && !client.isClosed) {
        expect((await client.response()).body).toBe("survived");
      }
    }
  });

  test("from an exception is named in the report and replaced", async () => {
    const threads = watchSpawns();
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({ backends: [backend.url], top: two });
    // The nearest a test comes to a bug in the data plane: a message that its handler cannot read.
    threads()[0]?.postMessage(null);
    await eventually("it is replaced", () => threads().length === 3);
    expect(proxy.crashes[0]).toMatch(/^0: TypeError/);
    let line: string | null = null;
    while (line === null) line = await ask(proxy.port);
    expect(line).toBe("HTTP/1.1 200 OK");
  });
});
