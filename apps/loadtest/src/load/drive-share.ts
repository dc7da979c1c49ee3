import { seededRandom } from "@evenkeel/oracles";
import { driveArrivals } from "../engine/drive-arrivals.ts";
import { driveConnections } from "./drive-connections.ts";
import { type LoadShape, type LoadShare, partOf } from "./load-plan.ts";
import type { LoadRecorder } from "./load-recorder.ts";
import { createCurveArrivals, RateCurve } from "./rate-curve.ts";
import { RequestMix } from "./request-mix.ts";
import { readsBody } from "./response-checks.ts";
import type { WorkerDrive } from "./worker-drive.ts";

/** Starts this worker's part at `startedAtMs` of `clock`, monotonic milliseconds that all workers share. */
export function driveShare(
  share: LoadShare,
  recorder: LoadRecorder,
  clock: () => number,
  startedAtMs: number,
): WorkerDrive {
  const mix = new RequestMix(share);
  const { shape } = share.plan;
  if (shape.loop === "closed") {
    return driveConnections({ share, mix, recorder, clock, startedAtMs });
  }
  return driveCurve({ share, shape, mix, recorder }, clock, startedAtMs);
}

interface CurveDriveOptions {
  readonly share: LoadShare;
  readonly shape: LoadShape & { readonly loop: "open" };
  readonly mix: RequestMix;
  readonly recorder: LoadRecorder;
}

function driveCurve(
  { share, shape, mix, recorder }: CurveDriveOptions,
  clock: () => number,
  startedAtMs: number,
): WorkerDrive {
  const { plan } = share;
  const bodies = plan.requests.map(readsBody);
  const drive = driveArrivals(
    {
      origin: plan.origin,
      arrivals: shareOfArrivals(share, shape, recorder),
      next: (index) => mix.next(index),
      recorder,
      timeoutMs: plan.timeoutMs,
      maxInFlight: Math.max(1, partOf(shape.maxInFlight, share)),
      backendHeader: plan.backendHeader,
      keepAlive: plan.keepAlive,
      readsBody: ({ kind }) => bodies[kind] === true,
    },
    clock,
    startedAtMs,
  );
  const done = drive.done.then(() => undefined);
  return { done, finish: () => drive.finish(), abort: () => drive.abort() };
}

function shareOfArrivals(
  share: LoadShare,
  { stages, arrivals: process, requests }: LoadShape & { readonly loop: "open" },
  recorder: LoadRecorder,
): () => number | undefined {
  const { plan, worker } = share;
  const { workers, seed } = plan;
  const random = seededRandom(seed + Math.imul(worker, 0x85ebca6b));
  const most = requests === undefined ? Infinity : partOf(requests, share);
  const curve = new RateCurve(stages);
  const arrivals = createCurveArrivals({ curve, process, worker, workers, random });
  return () => (recorder.counts().due >= most ? undefined : arrivals());
}
