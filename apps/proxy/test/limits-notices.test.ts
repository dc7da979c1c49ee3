import { expect, test } from "vitest";
import { type Notice, Notices } from "../src/observe/notices.ts";

function collect(): { readonly notices: Notices; readonly passed: Notice[] } {
  const passed: Notice[] = [];
  return { notices: new Notices((notice) => passed.push(notice)), passed };
}

test("the first of a kind is passed on at once", () => {
  const { notices, passed } = collect();
  notices.add("accept-failed", "no descriptor", 0);
  expect(passed).toEqual([{ kind: "accept-failed", message: "no descriptor", count: 1 }]);
});

test("thousands within five seconds are one more notice with their count and the last message", () => {
  const { notices, passed } = collect();
  for (let count = 0; count < 3_000; count++) {
    notices.add("accept-failed", `number ${count}`, 1_000 + count);
  }
  expect(passed).toHaveLength(1);
  notices.flush(5_999);
  expect(passed).toHaveLength(1);
  notices.flush(6_000);
  expect(passed[1]).toEqual({ kind: "accept-failed", message: "number 2999", count: 2_999 });
});

test("nothing new is no notice, however often it is flushed", () => {
  const { notices, passed } = collect();
  notices.flush(0);
  notices.add("accept-failed", "once", 0);
  for (let now = 0; now < 60_000; now += 500) notices.flush(now);
  expect(passed).toHaveLength(1);
});

test("no event is lost: the counts add up", () => {
  const { notices, passed } = collect();
  for (let now = 0; now < 60_000; now += 7) notices.add("connections-limited", "full", now);
  notices.flush(100_000);
  const total = passed.reduce((sum, { count }) => sum + count, 0);
  expect(total).toBe(Math.ceil(60_000 / 7));
  expect(passed.length).toBeLessThanOrEqual(14);
});

test("one kind does not silence the other", () => {
  const { notices, passed } = collect();
  notices.add("accept-failed", "a", 0);
  notices.add("connections-limited", "b", 1);
  expect(passed.map(({ kind }) => kind)).toEqual(["accept-failed", "connections-limited"]);
});

test("the next one after a quiet time is passed on at once again", () => {
  const { notices, passed } = collect();
  notices.add("accept-failed", "a", 0);
  notices.add("accept-failed", "b", 5_000);
  expect(passed.map(({ message }) => message)).toEqual(["a", "b"]);
});
