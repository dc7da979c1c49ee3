import { expect, test } from "vitest";
import { type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type ProxySettings, type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

interface Ranked {
  readonly proxy: TestProxy;
  readonly named: Readonly<Record<"a" | "b" | "c" | "d", RawBackend>>;
  /** Who answers the next requests. */
  readonly answers: (count: number) => Promise<string>;
}

/** `a` and `b` serve, `c` is their backup, `d` the last resort. */
async function startRanked(settings: Omit<ProxySettings, "backends"> = {}): Promise<Ranked> {
  const start = (name: string): Promise<RawBackend> => startBackend(() => ok(name));
  const [d, a, c, b] = await Promise.all([start("d"), start("a"), start("c"), start("b")]);
  const backends = [
    { url: d.url, priority: 2 },
    a.url,
    { url: c.url, backup: true },
    { url: b.url, priority: 0 },
  ];
  const proxy = await startTestProxy({ ...settings, backends });
  const answers = async (count: number): Promise<string> => {
    const client = await openClient(proxy.port);
    let text = "";
    for (let turn = 0; turn < count; turn++) text += (await client.request(get())).body;
    return text;
  };
  return { proxy, named: { a, b, c, d }, answers };
}

const quickCheck = {
  interval: "50ms",
  fastInterval: "20ms",
  timeout: "2s",
  unhealthyThreshold: 1,
  healthyThreshold: 1,
};

test("a backup serves only while no backend of a lower priority is ready, and gives the traffic back", async () => {
  const { proxy, named, answers } = await startRanked({ pool: { healthCheck: quickCheck } });
  const verdict = async (backend: RawBackend, to: string): Promise<void> => {
    const { port } = backend;
    const isLast = (): boolean =>
      proxy.healthChanges.findLast((change) => change.backend.endsWith(`:${port}`))?.to === to;
    await expect.poll(isLast, { timeout: 20_000 }).toBe(true);
  };
  expect(await answers(4)).toBe("abab");
  const illness = (): string => "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
  const { a, b, c } = named;
  const cure = (backend: RawBackend, name: string): void => void (backend.answer = () => ok(name));
  a.answer = illness;
  await verdict(a, "unhealthy");
  expect(await answers(2)).toBe("bb");
  b.answer = illness;
  await verdict(b, "unhealthy");
  expect(await answers(3)).toBe("ccc");
  c.answer = illness;
  await verdict(c, "unhealthy");
  expect(await answers(2)).toBe("dd");
  cure(b, "b");
  await verdict(b, "healthy");
  expect(await answers(2)).toBe("bb");
});

test("a retry goes to the other backends of its priority first, then down the list", async () => {
  const { proxy, named, answers } = await startRanked({ pool: { retry: { maxRetries: 3 } } });
  await named.a.kill();
  await named.b.kill();
  expect(await answers(1)).toBe("c");
  await named.c.kill();
  expect(await answers(1)).toBe("d");
  const attempts = (await proxy.recorded(2)).map((record) => record.attempts);
  expect(attempts).toEqual([3, 4]);
});
