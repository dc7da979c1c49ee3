import { Pool } from "undici";

const forMs = 1500;

/** Requests per second that these servers complete together, each with so many requests in flight. */
export async function measureCapacity(
  urls: readonly string[],
  inFlightEach: number,
): Promise<number> {
  const pools = urls.map((url) => new Pool(url, { connections: inFlightEach }));
  const beganAtMs = performance.now();
  const endsAtMs = beganAtMs + forMs;
  let completed = 0;
  const lane = async (pool: Pool): Promise<void> => {
    while (performance.now() < endsAtMs) {
      const { body } = await pool.request({ path: "/", method: "GET" });
      await body.dump();
      completed += 1;
    }
  };
  try {
    await Promise.all(
      pools.flatMap((pool) => Array.from({ length: inFlightEach }, () => lane(pool))),
    );
    return (completed * 1000) / (performance.now() - beganAtMs);
  } finally {
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
