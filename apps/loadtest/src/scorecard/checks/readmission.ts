import type { Check } from "./check.ts";
import { fail, passIf } from "./check.ts";
import { seconds } from "./fault-effects.ts";

const latestMs = 10_000;

/** A backend that came back and gets nothing is a backend too few. */
export const readmission: Check = {
  name: "readmission",
  group: "failover",
  title: "kill -9: back in after",
  rule: "the backend serves again within 10 s of its restart",
  async run(scene) {
    const { times } = await scene.failover("kill");
    const { readmittedAfterMs } = times;
    if (readmittedAfterMs === null || readmittedAfterMs === Infinity)
      return fail("never", "not before the load ended, 8 s later");
    return passIf(readmittedAfterMs <= latestMs, seconds(readmittedAfterMs));
  },
};
