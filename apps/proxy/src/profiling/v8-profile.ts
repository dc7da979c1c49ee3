/** A function as V8 names it; lines from 0, -1 where there is none. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** The content of a `.cpuprofile`. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  /** Id of the node that ran, and the microseconds since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The content of a `.heapprofile`: what was allocated while it was taken and is still alive. */
export interface HeapProfile {
  readonly head: HeapNode;
}

export interface HeapNode {
  readonly callFrame: CallFrame;
  /** Bytes that the function itself has allocated. */
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** A call stack, the running function first, and what was measured there. */
export interface StackSample {
  readonly frames: readonly CallFrame[];
  readonly values: readonly number[];
}

/** Samples and nanoseconds of every stack that used the CPU; waiting is left out. */
export function cpuSamples({ nodes, samples, timeDeltas }: CpuProfile): readonly StackSample[] {
  const counts = new Map<number, number>();
  const micros = new Map<number, number>();
  samples.forEach((id, index) => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
    // What runs at a sample runs until the next one.
    const lasted = Math.max(0, timeDeltas[index + 1] ?? 0);
    micros.set(id, (micros.get(id) ?? 0) + lasted);
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  return [...counts].flatMap(([id, count]) => {
    const frames: CallFrame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame;
      if (frame !== undefined && frame.functionName !== "(root)") frames.push(frame);
    }
    const isWork = frames.length > 0 && frames[0]?.functionName !== "(idle)";
    return isWork ? [{ frames, values: [count, (micros.get(id) ?? 0) * 1_000] }] : [];
  });
}

/** Bytes of every stack that has allocated something that is still alive. */
export function heapSamples({ head }: HeapProfile): readonly StackSample[] {
  const found: StackSample[] = [];
  const waiting: { readonly node: HeapNode; readonly callers: readonly CallFrame[] }[] = [
    { node: head, callers: [] },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, callers } = next;
    const isRoot = node.callFrame.functionName === "(root)";
    const frames = isRoot ? callers : [node.callFrame, ...callers];
    if (node.selfSize > 0 && frames.length > 0) found.push({ frames, values: [node.selfSize] });
    for (const child of node.children) waiting.push({ node: child, callers: frames });
  }
  return found;
}
