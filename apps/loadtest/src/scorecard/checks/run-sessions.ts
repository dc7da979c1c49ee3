import type { StickyRun } from "../../sticky/run-sticky.ts";
import { runSticky } from "../../sticky/run-sticky.ts";
import { NotApplicable, type Scene } from "../scene/scene.ts";

/**
 * A prime: with a multiple of the number of backends, a balancer that ignores cookies and takes turns would
 * send everybody home by chance.
 */
const sessions = 61;

/** Sessions that keep cookies, with a backend killed and restarted in between or without. */
export async function runSessions(scene: Scene, breaks: boolean): Promise<StickyRun> {
  const system = await scene.fleet("sticky");
  if (breaks && system.backends.length === 0) throw new NotApplicable("needs --backends");
  const plan = {
    sessions,
    visits: 9,
    connections: 6,
    path: "/",
    timeoutMs: 10_000,
    backendHeader: "X-Backend",
    breaks,
  };
  return await runSticky(plan, system, { signal: scene.signal, onProgress: () => {} });
}
