import { describe, expect, test } from "vitest";
import {
  parseCoreBusyTicks,
  parseCpuList,
  parseRssKiB,
  parseSchedstat,
  parseStat,
  treeOf,
} from "./proc-files.ts";

const STAT =
  "4242 (node (worker) x) S 17 4242 4242 0 -1 4194560 9053 31 0 0 1234 567 89 10 20 0 11 0 98765 1 2";

describe("parseStat", () => {
  test("finds the fields behind a name with spaces and parentheses", () => {
    expect(parseStat(STAT)).toEqual({
      pid: 4242,
      parentPid: 17,
      state: "S",
      userTicks: 1234,
      systemTicks: 567,
      startTime: 98_765,
    });
  });

  test("knows nothing of a process that went away", () => {
    expect(parseStat("")).toBeUndefined();
  });
});

test("parseSchedstat takes the time on a CPU and the time of waiting for one", () => {
  expect(parseSchedstat("123456789 555 42\n")).toEqual({ runNs: 123_456_789, waitNs: 555 });
  expect(parseSchedstat("")).toEqual({ runNs: 0, waitNs: 0 });
});

test("parseRssKiB takes resident memory, none for a kernel thread", () => {
  expect(parseRssKiB("Name:\tnode\nVmHWM:\t 999 kB\nVmRSS:\t   48128 kB\n")).toBe(48_128);
  expect(parseRssKiB("Name:\tkthreadd\n")).toBe(0);
});

test("parseCpuList expands ranges", () => {
  expect(parseCpuList("0-2,5\n")).toEqual([0, 1, 2, 5]);
  expect(parseCpuList("3")).toEqual([3]);
  expect(parseCpuList("\n")).toEqual([]);
});

test("parseCoreBusyTicks leaves out idle and iowait of that core", () => {
  const text =
    "cpu  1 1 1 1 1 1 1 1 0 0\ncpu0 9 9 9 9 9 9 9 9 0 0\ncpu1 100 1 20 999 888 3 4 5 0 0\n";
  expect(parseCoreBusyTicks(text, 1)).toBe(133);
});

test("treeOf finds children of children and nobody else's", () => {
  const process = (pid: number, parentPid: number) => ({
    pid,
    parentPid,
    state: "S",
    userTicks: 0,
    systemTicks: 0,
    startTime: 0,
  });
  const all = [process(30, 20), process(10, 1), process(20, 10), process(40, 1), process(21, 10)];
  expect(treeOf(10, all).map(({ pid }) => pid)).toEqual([10, 20, 21, 30]);
  expect(treeOf(99, all)).toEqual([]);
});
