import { formatCount } from "../../print/format.ts";
import type { Check } from "./check.ts";
import { passIf } from "./check.ts";
import type { SharedFault } from "../scene/scene.ts";

/** The last takes the request and then resets, where repeating is most tempting. */
const faults: readonly SharedFault[] = ["kill", "stop", "reset-before-head"];

/** What may not be repeated is not. */
export const postOnce: Check = {
  name: "post-once",
  group: "failover",
  title: "POSTs carried out twice",
  rule: "no POST reaches backends twice, whether one dies, hangs, or resets what it has taken",
  async run(scene) {
    let doubled = 0;
    let sent = 0;
    const examples: string[] = [];
    for (const fault of faults) {
      const { counts, load } = await scene.failover(fault);
      const posts = (counts.doubled ?? []).filter(({ method }) => method === "POST");
      doubled += posts.length;
      sent += load.ledger.method.slice(0, load.ledger.length).filter((code) => code === 1).length;
      examples.push(...posts.slice(0, 1).map(({ seen }) => `seen ${seen} times during ${fault}`));
    }
    return passIf(
      doubled === 0,
      `${formatCount(doubled)} of ${formatCount(sent)}`,
      examples.length === 0 ? undefined : examples.join("; "),
    );
  },
};
