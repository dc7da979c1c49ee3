import { describe, expect, test } from "vitest";
import {
  type CorpusCase,
  bytesOf,
  cases,
  hasCorpora,
  originalBytesOf,
  refusedByBoth,
} from "./corpus.ts";
import {
  acceptedAnyway,
  cutShort,
  leftToTheProxy,
  refusedAnyway,
  restUnread,
  soundBefore,
} from "./corpus-exceptions.ts";
import { type RequestMessage, type RequestRun, runRequests } from "./drive-requests.ts";
import { type ResponseRun, runResponse } from "./drive-responses.ts";
import { octets } from "./latin1.ts";
import { dechunk } from "./reference-chunked.ts";
import { requestHeadFaults, responseHeadFaults, trailerFaults } from "./strict-head.ts";

type Run = RequestRun | ResponseRun;

function runOf(entry: CorpusCase, bytes: Uint8Array = bytesOf(entry)): Run {
  return entry.kind === "request" ? runRequests([bytes]) : runResponse([bytes]);
}

function labelled(...labels: readonly string[]): CorpusCase[] {
  return cases.filter(({ expect: label }) => labels.includes(label));
}

function idsWhere(entries: readonly CorpusCase[], holds: (run: Run) => boolean): string[] {
  return entries.filter((entry) => holds(runOf(entry))).map(({ id }) => id);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** What the body must be, read from the raw bytes by other means than the codec's. */
function expectedBody(text: string, from: number, message: RequestMessage): string {
  const bodyAt = text.indexOf("\r\n\r\n", from) + 4;
  if (message.kind === "none") return "";
  if (message.kind === "length") return text.slice(bodyAt, bodyAt + message.length);
  return dechunk(text, bodyAt)?.body ?? "(not a chunked body)";
}

function endsInsideBody(text: string, message: RequestMessage): boolean {
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  return message.kind === "chunked"
    ? dechunk(text, bodyAt) === null
    : text.length - bodyAt < message.length;
}

describe.skipIf(!hasCorpora)("the corpora", () => {
  test("are the ones that were counted", () => {
    expect(cases).toHaveLength(623);
    expect(cases.filter(({ kind }) => kind === "response")).toHaveLength(57);
    expect(refusedByBoth).toHaveLength(258);
  });

  test("what is labelled reject is a violation, but for the exceptions", () => {
    const passed = idsWhere(labelled("reject"), ({ violation }) => violation === null);
    const listed = [acceptedAnyway, restUnread, cutShort].flatMap((ids) => Object.keys(ids));
    expect(passed.toSorted()).toEqual(listed.toSorted());
  });

  test("nothing labelled reject leaves a complete message before its violation", () => {
    const served = idsWhere(
      labelled("reject"),
      ({ messages, violation }) => violation !== null && messages.some((m) => m.isComplete),
    );
    expect(served.toSorted()).toEqual(Object.keys(soundBefore).toSorted());
  });

  test("cut messages are refused as soon as the missing bytes come", () => {
    for (const [id, rest] of Object.entries(cutShort)) {
      const entry = cases.find((candidate) => candidate.id === id) as CorpusCase;
      expect(runOf(entry).ending).toBe("cut");
      if (rest === null) continue;
      const whole = Buffer.concat([bytesOf(entry), octets(rest)]);
      expect([id, runOf(entry, whole).ending]).toEqual([id, "invalid"]);
    }
  });

  test("the rest of a connection that ends is not read", () => {
    for (const id of Object.keys(restUnread)) {
      const run = runOf(cases.find((candidate) => candidate.id === id) as CorpusCase);
      expect(run.messages).toHaveLength(1);
      expect("unread" in run ? run.unread : run.extra).toBeGreaterThan(0);
    }
  });

  test("what is labelled accept is accepted, but for the exceptions", () => {
    const refused = labelled("accept").filter((entry) => {
      const { messages, violation } = runOf(entry);
      // Of a pipelined row only the first request was given a Host (README, raw_host_b64).
      const isLater = messages.length > 0 && entry.tags.includes("no-host");
      return violation !== null && !(isLater && violation === "missing-host");
    });
    expect(refused.map(({ id }) => id).toSorted()).toEqual(Object.keys(refusedAnyway).toSorted());
  });

  test("an accepted request keeps its body byte for byte", () => {
    let bodies = 0;
    for (const entry of labelled("accept")) {
      if (entry.kind === "response" || entry.id in refusedAnyway) continue;
      const text = textOf(bytesOf(entry));
      const [message] = runRequests([bytesOf(entry)]).messages as [RequestMessage];
      if (!message.isComplete) {
        expect([entry.id, endsInsideBody(text, message)]).toEqual([entry.id, true]);
        continue;
      }
      const from = text.length - text.trimStart().length;
      expect([entry.id, message.body]).toEqual([entry.id, expectedBody(text, from, message)]);
      if (message.body !== "") bodies++;
    }
    expect(bodies).toBeGreaterThan(25);
  });

  test("a request without Host is refused for that, when nothing else is wrong first", () => {
    for (const entry of cases.filter(({ tags }) => tags.includes("no-host"))) {
      const { messages, violation, ending } = runRequests([originalBytesOf(entry)]);
      const isHttp10 = /^[^\r\n]* HTTP\/1\.0\r\n/.test(textOf(originalBytesOf(entry)).trimStart());
      if (!isHttp10) expect([entry.id, messages]).toEqual([entry.id, []]);
      if (ending === "invalid") expect(violation).not.toBeNull();
    }
  });

  test("I7: what HAProxy and nginx both refuse is refused", () => {
    const byId = new Map(cases.map((entry) => [entry.id, entry]));
    const entries = refusedByBoth.map((id) => byId.get(id) as CorpusCase);
    const passed = idsWhere(entries, ({ violation }) => violation === null);
    expect(passed).toEqual(Object.keys(leftToTheProxy));
  });

  test("I7: and no complete message of it could have reached a backend", () => {
    const gate = new Set(refusedByBoth);
    const entries = cases.filter(({ id }) => gate.has(id));
    expect(idsWhere(entries, ({ messages }) => messages.some((m) => m.isComplete))).toEqual([]);
  });

  test("I1: whatever is accepted is forwarded under the strict grammar", () => {
    const faults: unknown[] = [];
    let heads = 0;
    for (const entry of cases) {
      const { kind } = entry;
      for (const { forwarded, trailers } of runOf(entry).messages) {
        const inHead =
          kind === "request" ? requestHeadFaults(forwarded) : responseHeadFaults(forwarded);
        const side = kind === "request" ? "request" : "response";
        const found = [...inHead, ...trailerFaults(trailers, side)];
        heads++;
        if (found.length > 0) faults.push([entry.id, found, forwarded]);
      }
    }
    expect(faults).toEqual([]);
    expect(heads).toBeGreaterThan(200);
  });
});
