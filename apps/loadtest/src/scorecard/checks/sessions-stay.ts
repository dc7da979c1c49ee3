import { NotApplicable } from "../scene/scene.ts";
import { type Check, passIf } from "./check.ts";
import { runSessions } from "./run-sessions.ts";

/** A cookie that sticks. */
export const sessionsStay: Check = {
  name: "sessions-stay",
  group: "sticky",
  title: "sessions that strayed",
  rule: "of 61 clients with cookies none changes its backend while nothing is wrong",
  async run(scene) {
    const { verdict } = await runSessions(scene, false);
    const { strayed, sessions, withoutCookie } = verdict.counts;
    if (!scene.isConfiguredByUs && withoutCookie === sessions) {
      throw new NotApplicable("it sets no cookies");
    }
    return passIf(
      verdict.pass,
      `${strayed} of ${sessions}`,
      verdict.reasons.join("; ") || undefined,
    );
  },
};
