import { NotApplicable } from "../scene/scene.ts";
import { type Check, passIf } from "./check.ts";
import { runSessions } from "./run-sessions.ts";

/** Stickiness must not mean to die with the backend, nor to come home in the middle of a session. */
export const sessionsMove: Check = {
  name: "sessions-move",
  group: "sticky",
  title: "victim's sessions: moved once",
  rule: "when their backend is killed its sessions move once, with a new cookie, and stay; no request fails",
  async run(scene) {
    const { verdict } = await runSessions(scene, true);
    const { victims, movedOnce, sessions, withoutCookie } = verdict.counts;
    if (!scene.isConfiguredByUs && withoutCookie === sessions) {
      throw new NotApplicable("it sets no cookies");
    }
    return passIf(
      verdict.pass,
      `${movedOnce} of ${victims}`,
      verdict.reasons.join("; ") || undefined,
    );
  },
};
