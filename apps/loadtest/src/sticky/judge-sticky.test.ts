import { expect, test } from "vitest";
import { judgeSticky } from "./judge-sticky.ts";
import { Session, type Visit } from "./visit.ts";

/** Visits at these backends, one letter each; an upper-case letter gives a new cookie, `-` fails. */
function visits(text: string): Visit[] {
  return Array.from(text, (letter) => ({
    status: letter === "-" ? 503 : 200,
    backend: letter === "-" ? null : letter.toLowerCase(),
    hasNewCookie: letter !== letter.toLowerCase(),
  }));
}

function reasonsOf(victim: string | null, ...sessions: readonly string[]): readonly string[] {
  return judgeSticky(sessions.map(visits), victim).reasons;
}

test("passes when only the sessions of the victim move, once", () => {
  const { pass, counts } = judgeSticky([visits("AaaBbb"), visits("Bbbbbb"), visits("Cccccc")], "a");
  expect(pass).toBe(true);
  expect(counts).toMatchObject({ sessions: 3, requests: 18, victims: 1, movedOnce: 1, strayed: 0 });
});

test("fails what backends were asked twice, however well sessions stick", () => {
  const twice = { id: "e1-1", method: "GET", seen: 2, attempts: 1, records: 1 } as const;
  const sessions = [visits("AaAa"), visits("Bbbb")];
  const { reasons } = judgeSticky(sessions, null, true, { doubled: [twice] });
  expect(reasons).toEqual(["1 request was carried out more often than it should"]);
  expect(judgeSticky(sessions, null, true, { doubled: [] }).pass).toBe(true);
});

test("passes without a victim when nobody moves, also when cookies are renewed", () => {
  expect(reasonsOf(null, "AaAa", "Bbbb")).toEqual([]);
});

test.each([
  ["a", ["AaBb", "BbCc"], "1 session moved although nothing was wrong with their backend"],
  ["a", ["AaBbAa", "Bbbbbb"], "1 session of the victim moved more than once"],
  ["a", ["Aaaa", "AaBb", "Bbbb"], "1 session of the victim did not move: was it ever down?"],
  ["a", ["Aabb", "Bbbb"], "1 session began or moved without a new cookie"],
  [null, ["aaaa", "bbbb"], "2 sessions began or moved without a new cookie"],
  ["a", ["Aa-Bb", "Bbbbb"], "1 request failed (503)"],
  ["a", ["Bbbb", "Cccc"], "no session was at the victim"],
  [null, ["Aaaa", "Aaaa"], "all sessions were at one backend: nothing is shared out"],
])("with victim %j, %j is: %s", (victim, sessions, message) => {
  expect(reasonsOf(victim, ...sessions)).toEqual([message]);
});

test("an answer that names nobody, and a victim that never came back, are no pass", () => {
  const nameless = { status: 200, backend: null, hasNewCookie: false };
  const sessions = [[...visits("Aa"), nameless], visits("Bbb")];
  expect(judgeSticky(sessions, null).reasons).toEqual(["1 answer named no backend"]);
  expect(judgeSticky([visits("AB"), visits("Bb")], "a", false).reasons).toEqual([
    "the victim got no new sessions within a minute of its restart",
  ]);
});

test("a session keeps its cookies as a browser would", () => {
  const session = new Session();
  session.answered(200, "a", ["one=1; Path=/; HttpOnly", "two=2", "broken"]);
  session.answered(200, "a", ["one=1; Max-Age=60"]);
  session.answered(200, "a", ["two=; Max-Age=0"]);
  session.failed();
  expect(session.cookies).toBe("one=1");
  expect(session.visits.map(({ hasNewCookie }) => hasNewCookie)).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
