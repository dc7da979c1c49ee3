import { describe, expect, test } from "vitest";
import { type HeapNode, cpuSamples, heapSamples } from "./v8-profile.ts";

const frame = (functionName: string) => ({ functionName, url: "", lineNumber: 0 });
const names = (frames: readonly { functionName: string }[]) =>
  frames.map(({ functionName }) => functionName);

describe("the samples of a CPU profile", () => {
  test("are stacks with the running function first, and no waiting", () => {
    const nodes = [
      { id: 1, callFrame: frame("(root)"), children: [2, 5] },
      { id: 2, callFrame: frame("outer"), children: [3, 4] },
      { id: 3, callFrame: frame("inner") },
      { id: 4, callFrame: frame("other") },
      { id: 5, callFrame: frame("(idle)") },
    ];
    const samples = [3, 3, 5, 4, 2];
    // From each one to the next; the last one lasts for nobody knows how long.
    const timeDeltas = [50, 1_000, 1_200, 9_000, 300];
    const found = cpuSamples({ nodes, samples, timeDeltas });
    expect(found.map(({ frames, values }) => [names(frames), ...values])).toEqual([
      [["inner", "outer"], 2, 2_200_000],
      [["other", "outer"], 1, 300_000],
      [["outer"], 1, 0],
    ]);
  });

  test("of nothing are none", () => {
    const nodes = [{ id: 1, callFrame: frame("(root)") }];
    expect(cpuSamples({ nodes, samples: [], timeDeltas: [] })).toEqual([]);
    expect(cpuSamples({ nodes, samples: [1], timeDeltas: [5] })).toEqual([]);
  });
});

describe("the samples of a heap profile", () => {
  test("are the stacks that allocated something themselves", () => {
    const leaf: HeapNode = { callFrame: frame("inner"), selfSize: 30, children: [] };
    const outer: HeapNode = { callFrame: frame("outer"), selfSize: 0, children: [leaf] };
    const other: HeapNode = { callFrame: frame("other"), selfSize: 7, children: [] };
    const head: HeapNode = { callFrame: frame("(root)"), selfSize: 5, children: [outer, other] };
    const found = heapSamples({ head }).map(({ frames, values }) => [names(frames), ...values]);
    expect(found).toEqual([
      [["other"], 7],
      [["inner", "outer"], 30],
    ]);
  });

  test("are found however deep the stack is", () => {
    let node: HeapNode = { callFrame: frame("leaf"), selfSize: 1, children: [] };
    for (let depth = 0; depth < 2_000; depth++) {
      node = { callFrame: frame(`f${depth}`), selfSize: 0, children: [node] };
    }
    expect(heapSamples({ head: node })[0]?.frames).toHaveLength(2_001);
  });
});
