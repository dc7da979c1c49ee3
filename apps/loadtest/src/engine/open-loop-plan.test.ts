import { expect, test } from "vitest";
import { idOfTarget, indexOfId, requestId } from "./open-loop-plan.ts";

test("an id is found again in a target, wherever it stands", () => {
  const id = requestId("e12ab", 17);
  for (const target of [`/?id=${id}`, `/a?x=1&id=${id}`, `http://h/p?id=${id}&y=2`]) {
    expect(idOfTarget(target)).toBe(id);
    expect(indexOfId("e12ab", id)).toBe(17);
  }
});

test.each(["/", "/?id=", "/?myid=e1-2", "/?id=e1-2x", "/id=e1-2", "/health"])(
  "there is no id in %s",
  (target) => expect(idOfTarget(target)).toBeUndefined(),
);

test("ids of another run are nobody's", () => {
  for (const id of ["e2-1", "e1-", "e1-x", "e1-1-2", "xe1-1"]) {
    expect(indexOfId("e1", id)).toBeUndefined();
  }
});
