/** What is under test: it counts its own requests in flight, because that is where it may be wrong. */
export interface LoopBalancer {
  /** The index of the backend that gets the next request. */
  pick(now: number): number;
  /** A request on that backend ended, `duration` after it began. */
  release(backend: number, duration: number, now: number): void;
}

export interface ClosedLoop {
  readonly backends: number;
  /** Requests in flight at all times; each is followed at once by the next. */
  readonly connections: number;
  /** Counted requests, the ones still in flight at the end included. */
  readonly requests: number;
  /** How long one request takes, in any unit of time. */
  serviceTime(backend: number): number;
}

/** Runs a closed loop in virtual time, and counts the picks of each backend. */
export function runClosedLoop(loop: ClosedLoop, balancer: LoopBalancer): number[] {
  const counts = Array.from({ length: loop.backends }, () => 0);
  const endsAt = new Float64Array(loop.connections);
  const durations = new Float64Array(loop.connections);
  const servedBy = new Int32Array(loop.connections);
  for (let request = 0; request < loop.requests; request++) {
    const connection = request < loop.connections ? request : earliest(endsAt);
    const now = endsAt[connection] as number;
    if (request >= loop.connections) {
      balancer.release(servedBy[connection] as number, durations[connection] as number, now);
    }
    const backend = balancer.pick(now);
    counts[backend] = (counts[backend] ?? 0) + 1;
    servedBy[connection] = backend;
    const duration = loop.serviceTime(backend);
    durations[connection] = duration;
    endsAt[connection] = now + duration;
  }
  return counts;
}

function earliest(times: Float64Array): number {
  let first = 0;
  for (let i = 1; i < times.length; i++) {
    if ((times[i] as number) < (times[first] as number)) first = i;
  }
  return first;
}
