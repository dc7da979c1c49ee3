import { formatCount } from "../../print/format.ts";
import type { Check } from "./check.ts";
import { passIf } from "./check.ts";
import type { SharedFault } from "../scene/scene.ts";

const faults: readonly SharedFault[] = ["kill", "stop", "storm-500", "reset-before-head"];

/** An error is an answer; silence, or a torn connection, is not. */
export const noAnswer: Check = {
  name: "no-answer",
  group: "failover",
  title: "requests without any answer",
  rule: "every request gets a complete response, if only an honest error, whatever a backend does",
  async run(scene) {
    let lost = 0;
    let sent = 0;
    const during: string[] = [];
    for (const fault of faults) {
      const { counts } = await scene.failover(fault);
      lost += counts.lost.length;
      sent += counts.sent;
      if (counts.lost.length > 0) during.push(`${formatCount(counts.lost.length)} during ${fault}`);
    }
    const value = `${formatCount(lost)} of ${formatCount(sent)}`;
    return passIf(lost === 0, value, during.length === 0 ? undefined : during.join(", "));
  },
};
