import { Pool } from "undici";
import { NotApplicable } from "../scene/scene.ts";
import { type Check, passIf } from "./check.ts";

const rounds = 60;
const atATime = 4;
/** Often enough to be seen, rarely enough that a second try nearly always meets a connection that stands. */
const probability = "5%";

/** The race that every balancer with kept connections runs into: the backend closes as the request comes. */
export const staleKeepAlive: Check = {
  name: "stale-keep-alive",
  group: "failover",
  title: "kept connection closes: GETs failed",
  spoils: true,
  rule: "no GET fails although one in 20 kept connections is closed at the moment of its reuse",
  async run(scene) {
    const system = await scene.fleet("equal");
    if (system.backends.length === 0) throw new NotApplicable("needs --backends");
    const pool = new Pool(new URL(system.url).origin, { connections: atATime });
    try {
      await Promise.all(
        system.backends.map((backend) =>
          backend.setFaults([{ fault: "stale-keep-alive", at: "request", probability }]),
        ),
      );
      const statuses: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const some = Array.from({ length: atATime }, () => statusOf(pool));
        statuses.push(...(await Promise.all(some)));
      }
      const failed = statuses.filter((status) => status !== 200);
      const kinds = [...new Set(failed)].map((status) => (status === 0 ? "no answer" : status));
      const note = failed.length === 0 ? undefined : `clients got ${kinds.join(", ")}`;
      return passIf(failed.length === 0, `${failed.length} of ${statuses.length}`, note);
    } finally {
      await Promise.all(system.backends.map((backend) => backend.setFaults([])));
      await pool.destroy();
    }
  },
};

/** 0: no complete response. */
async function statusOf(pool: Pool): Promise<number> {
  try {
    const { statusCode, body } = await pool.request({ path: "/", method: "GET" });
    await body.dump();
    return statusCode;
  } catch {
    return 0;
  }
}
