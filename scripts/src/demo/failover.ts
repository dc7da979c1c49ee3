import { setTimeout as sleep } from "node:timers/promises";
import type { Child } from "./child.ts";
import { type Sample, SteadyLoad } from "./steady-load.ts";

export interface FailoverResult {
  readonly requests: number;
  readonly failed: number;
  readonly failures: readonly string[];
  /** After the kill; null when the thing did not happen. */
  readonly lastFailureMs: number | null;
  readonly lastAnswerOfVictimMs: number;
  readonly slowestMs: number;
  /** The circuit breaker opened, or the check was first. */
  readonly takenOutMs: number;
  /** An active check agreed. */
  readonly confirmedMs: number;
  /** After the restarted backend listened. */
  readonly backInMs: number;
  readonly firstAnswerAfterRestartMs: number;
}

export interface FailoverStage {
  readonly origin: string;
  readonly proxy: Child;
  readonly victim: Child;
  readonly victimName: string;
  /** Starts the victim anew on its port and resolves when it listens. */
  readonly restart: () => Promise<void>;
  readonly say: (line: string) => void;
}

const steadyMs = 1_000;

/** Kills a backend under load with SIGKILL, waits until it is out, brings it back. */
export async function runFailover(stage: FailoverStage): Promise<FailoverResult> {
  const { proxy, victim, victimName, say } = stage;
  const load = new SteadyLoad(stage.origin);
  await sleep(steadyMs);
  const killedAt = performance.now();
  victim.kill("SIGKILL");
  say(`killed ${victimName} with SIGKILL while requests ran`);
  const out = await proxy.event(isOut(killedAt), "ejection", 20_000);
  say(`it is out after ${String(out["reason"])}`);
  const down = await proxy.event(isChange(killedAt, "unhealthy"), "unhealthy event", 20_000);
  say(`the active check agrees; starting ${victimName} again`);
  await stage.restart();
  const restartedAt = performance.now();
  const back = await proxy.event(isChange(restartedAt, "healthy"), "healthy event", 20_000);
  await sleep(steadyMs);
  const samples = await load.stop();
  return {
    ...failuresAfter(samples, killedAt),
    requests: samples.length,
    ...victimTimes(samples, victimName, killedAt, restartedAt),
    takenOutMs: Number(out["seenAt"]) - killedAt,
    confirmedMs: Number(down["seenAt"]) - killedAt,
    backInMs: Number(back["seenAt"]) - restartedAt,
  };
}

function isChange(afterMs: number, to: string): (event: Record<string, unknown>) => boolean {
  return (event) => event["to"] === to && Number(event["seenAt"]) >= afterMs;
}

function isOut(afterMs: number): (event: Record<string, unknown>) => boolean {
  const [isEjected, isUnhealthy] = ["ejected", "unhealthy"].map((to) => isChange(afterMs, to));
  return (event) => isEjected?.(event) === true || isUnhealthy?.(event) === true;
}

function failuresAfter(
  samples: readonly Sample[],
  killedAt: number,
): Pick<FailoverResult, "failed" | "failures" | "lastFailureMs" | "slowestMs"> {
  const failed = samples.filter(({ failure }) => failure !== null);
  const last = failed.reduce((latest, { endedAt }) => Math.max(latest, endedAt), -Infinity);
  return {
    failed: failed.length,
    failures: [...new Set(failed.map(({ failure }) => failure ?? ""))],
    lastFailureMs: failed.length === 0 ? null : last - killedAt,
    slowestMs: samples.reduce(
      (max, { startedAt, endedAt }) => Math.max(max, endedAt - startedAt),
      0,
    ),
  };
}

function victimTimes(
  samples: readonly Sample[],
  victimName: string,
  killedAt: number,
  restartedAt: number,
): Pick<FailoverResult, "lastAnswerOfVictimMs" | "firstAnswerAfterRestartMs"> {
  const answers = samples
    .filter(({ backend }) => backend === victimName)
    .map(({ endedAt }) => endedAt);
  const before = answers.filter((at) => at < restartedAt);
  const after = answers.filter((at) => at >= restartedAt);
  return {
    lastAnswerOfVictimMs: Math.max(...before) - killedAt,
    firstAnswerAfterRestartMs: Math.min(...after) - restartedAt,
  };
}
