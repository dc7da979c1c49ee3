import { Pool } from "undici";

/** Until every connection stands and every lane is busy. */
const warmUpMs = 300;
const forMs = 1500;

/** Requests per second that these servers complete together, each with so many requests in flight. */
export async function measureCapacity(
  urls: readonly string[],
  inFlightEach: number,
): Promise<number> {
  const pools = urls.map((url) => new Pool(url, { connections: inFlightEach }));
  const beginsAtMs = performance.now() + warmUpMs;
  const endsAtMs = beginsAtMs + forMs;
  let completed = 0;
  const lane = async (pool: Pool): Promise<void> => {
    while (performance.now() < endsAtMs) {
      const { body } = await pool.request({ path: "/", method: "GET" });
      await body.dump();
      const nowMs = performance.now();
      if (nowMs >= beginsAtMs && nowMs < endsAtMs) completed += 1;
    }
  };
  try {
    await Promise.all(
      pools.flatMap((pool) => Array.from({ length: inFlightEach }, () => lane(pool))),
    );
    return (completed * 1000) / forMs;
  } finally {
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
