import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

const nextTurn = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
};

const noClock = (): number => 0;

test("runs nothing before the turn is over, then everything in order", async () => {
  const seen: number[] = [];
  const turns = new Turns<number>((task) => seen.push(task), noClock, noClock);
  for (const task of [1, 2, 3]) turns.add(task);
  await Promise.resolve();
  expect(seen).toEqual([]);
  await nextTurn();
  expect(seen).toEqual([1, 2, 3]);
});

test("runs what a task adds in the next turn", async () => {
  const seen: [number, number][] = [];
  const turns: Turns<number> = new Turns(
    (task) => {
      seen.push([task, turns.current]);
      if (task < 3) turns.add(task + 1);
    },
    noClock,
    noClock,
  );
  turns.add(1);
  for (let turn = 0; turn < 4; turn++) await nextTurn();
  expect(seen).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
  ]);
});

test("counts turns only when something needs them to end", async () => {
  const turns = new Turns<number>(() => {}, noClock, noClock);
  await nextTurn();
  await nextTurn();
  expect(turns.current).toBe(0);
  turns.add(1);
  await nextTurn();
  expect(turns.current).toBe(1);
});

test("mark promises that the current turn ends", async () => {
  const turns = new Turns<number>(() => {}, noClock, noClock);
  const marked = turns.mark();
  expect(marked).toBe(0);
  expect(turns.mark()).toBe(marked);
  await nextTurn();
  expect(turns.current).toBe(1);
});

test("a mark made while tasks run belongs to the turn that they end", async () => {
  const marks: number[] = [];
  const turns: Turns<number> = new Turns(() => marks.push(turns.mark()), noClock, noClock);
  turns.add(1);
  await nextTurn();
  expect(marks).toEqual([0]);
  expect(turns.current).toBe(1);
});

test("a task runs once although many turns follow", async () => {
  let runs = 0;
  const turns = new Turns<number>(() => runs++, noClock, noClock);
  turns.add(1);
  for (let turn = 0; turn < 5; turn++) {
    turns.mark();
    await nextTurn();
  }
  expect(runs).toBe(1);
});

test("flushes once after the tasks of a turn, also when only a flush was asked for", async () => {
  const seen: string[] = [];
  const flushable = { flush: () => seen.push("flush") };
  const turns: Turns<string> = new Turns(
    (task) => {
      seen.push(task);
      turns.flushAtEnd(flushable);
    },
    noClock,
    noClock,
  );
  turns.add("task");
  await nextTurn();
  expect(seen).toEqual(["task", "flush"]);
  turns.flushAtEnd(flushable);
  await nextTurn();
  expect(seen).toEqual(["task", "flush", "flush"]);
});

test("looks at the clock once for all that happens at the end of a turn", async () => {
  let looks = 0;
  const times: number[] = [];
  const turns: Turns<number> = new Turns(
    () => times.push(turns.now),
    () => ++looks,
    noClock,
  );
  turns.add(1);
  turns.add(2);
  await nextTurn();
  expect(times).toEqual([1, 1]);
  expect(turns.now).toBe(2);
});

test("asks the kernel again, twice at most, before it runs tasks that waited through a stall", async () => {
  let now = 0;
  const seen: number[] = [];
  const turns = new Turns<number>(
    (task) => seen.push(task),
    () => (now += 100),
    noClock,
  );
  turns.add(1);
  await nextTurn();
  await nextTurn();
  expect(seen).toEqual([]);
  expect(turns.current).toBe(2);
  await nextTurn();
  expect(seen).toEqual([1]);
});

test("takes waiting for the kernel for no stall", async () => {
  let now = 0;
  const seen: number[] = [];
  const turns = new Turns<number>(
    (task) => seen.push(task),
    () => (now += 100),
    () => now,
  );
  turns.add(1);
  await nextTurn();
  expect(seen).toEqual([1]);
});

test("runs what is to run last after the tasks and before the flushes of its turn", async () => {
  const seen: string[] = [];
  const turns: Turns<string> = new Turns((task) => seen.push(task), noClock, noClock);
  turns.flushAtEnd({ flush: () => seen.push("flush") });
  turns.runLast(() => {
    seen.push("last");
    turns.runLast(() => seen.push("last of the next turn"));
  });
  turns.add("task");
  await nextTurn();
  expect(seen).toEqual(["task", "last", "flush"]);
  await nextTurn();
  expect(seen.slice(3)).toEqual(["last of the next turn"]);
});

test("what is to run last waits through a stall as tasks do", async () => {
  let now = 0;
  const seen: string[] = [];
  const turns = new Turns<string>(
    () => {},
    () => (now += 100),
    noClock,
  );
  turns.runLast(() => seen.push("last"));
  await nextTurn();
  await nextTurn();
  expect(seen).toEqual([]);
  await nextTurn();
  expect(seen).toEqual(["last"]);
});
