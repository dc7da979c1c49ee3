import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  contentOf,
  cuts,
  cutsOf,
  field,
  latin1,
  runsOf,
  soundRequest,
  token,
  writeRequest,
} from "./arbitraries.ts";
import { runRequests } from "./drive-requests.ts";
import { octets } from "./latin1.ts";
import { cutAt } from "./pieces.ts";
import { accepted, linesNamed, requestWith } from "./shorthand.ts";
import { requestHeadFaults, trailerFaults } from "./strict-head.ts";

function runCut(text: string, fractions: readonly number[]): ReturnType<typeof runRequests> {
  return runRequests(cutAt(octets(text), cutsOf(text, fractions)));
}

test("sound requests come out as they went in, in order and for any cut", () => {
  fc.assert(
    fc.property(fc.array(soundRequest, { minLength: 1, maxLength: 3 }), cuts, (requests, at) => {
      const { messages, ending, violation } = runCut(requests.map(writeRequest).join(""), at);
      expect({ ending, violation }).toEqual({ ending: "clean", violation: null });
      expect(
        messages.map(({ method, target, host, body, kind, isComplete }) => ({
          method,
          target,
          host,
          body,
          kind,
          isComplete,
        })),
      ).toEqual(
        requests.map(({ method, target, host, body }) => ({
          method,
          target,
          host,
          body: contentOf(body),
          kind: body.kind,
          isComplete: true,
        })),
      );
      for (const [index, { fields }] of messages.entries()) {
        const sent = requests[index]?.fields.map(({ name, value }) => [name, value]) ?? [];
        expect(fields.slice(1, 1 + sent.length)).toEqual(sent);
      }
    }),
    runsOf(400),
  );
});

test("the head for the backend satisfies the strict grammar (I1)", () => {
  fc.assert(
    fc.property(soundRequest, fc.boolean(), (request, isPeerTrusted) => {
      const { forwarded, trailers } = accepted(writeRequest(request), { isPeerTrusted });
      expect(requestHeadFaults(forwarded)).toEqual([]);
      expect(trailerFaults(trailers, "request")).toEqual([]);
    }),
    runsOf(400),
  );
});

test("fields that end at this hop and fields that Connection names never survive", () => {
  const hopByHop =
    /^(?:keep-alive|proxy-connection|trailer|http2-settings|upgrade|(?:te(?!: trailers$)|connection(?!: TE$))):/i;
  // What Connection may not remove (row 53), or what we write ourselves.
  const kept =
    /^(?:host|content-length|transfer-encoding|date|via|cookie|set-cookie|authorization|x-request-id|max-forwards|expect|forwarded|x-forwarded-.*|x-real-ip)$/i;
  fc.assert(
    fc.property(
      fc.array(field, { maxLength: 8 }),
      fc.array(token, { maxLength: 3 }),
      fc.array(fc.nat(7), { maxLength: 4 }),
      (fields, others, named) => {
        const names = named.flatMap((index) => fields[index]?.name ?? []);
        const options = [...names, ...others].map((name) => name.toUpperCase());
        const lines = fields.map(({ name, value }) => `${name}: ${value}`);
        const { forwarded } = accepted(requestWith(`Connection: ${options.join(" ,")}`, ...lines));
        for (const line of forwarded.split("\r\n")) expect(line).not.toMatch(hopByHop);
        for (const option of options.filter((name) => !kept.test(name))) {
          expect(linesNamed(forwarded, option)).toEqual([]);
        }
      },
    ),
    runsOf(400),
  );
});

test("end-to-end fields survive, in order", () => {
  const ours = /^(?:via|x-forwarded-.*|x-request-id|max-forwards|forwarded|x-real-ip)$/i;
  const hop = /^(?:keep-alive|proxy-connection|te|trailer|http2-settings|upgrade)$/i;
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
      const plain = fields.filter(
        ({ name }) => /^[A-Za-z0-9-]+$/.test(name) && !ours.test(name) && !hop.test(name),
      );
      const written = plain.map(
        ({ name, value, before, after }) => `${name}:${before}${value}${after}`,
      );
      const { forwarded } = accepted(requestWith(...written));
      expect(forwarded.split("\r\n").slice(2, 2 + written.length)).toEqual(written);
    }),
    runsOf(300),
  );
});

const spicy = fc.constantFrom(
  "\r",
  "\n",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "\r\n",
  "\x7f",
  "\xa0",
  "0",
  "%",
);
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat(3),
  insert: fc.oneof(
    spicy,
    latin1,
    fc.constantFrom("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"),
  ),
});

test("mutated requests never throw, never differ by their cut and never leave unsound", () => {
  fc.assert(
    fc.property(
      soundRequest,
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      cuts,
      (request, mutations, at) => {
        let text = writeRequest(request);
        for (const { at: fraction, remove, insert } of mutations) {
          const position = Math.floor(fraction * text.length);
          text = text.slice(0, position) + insert + text.slice(position + remove);
        }
        const run = runCut(text, at);
        expect(run).toEqual(runRequests([octets(text)]));
        for (const { forwarded } of run.messages) {
          expect(requestHeadFaults(forwarded)).toEqual([]);
          expect(/content-length:/i.test(forwarded) && /transfer-encoding:/i.test(forwarded)).toBe(
            false,
          );
        }
      },
    ),
    runsOf(1_500),
  );
});

test("any bytes at all are read without a throw, the same for every cut", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.array(fc.nat(80), { maxLength: 5 }),
      (bytes, at) => {
        const positions = at.map((position) => Math.min(position, bytes.length));
        expect(runRequests(cutAt(bytes, positions))).toEqual(runRequests([bytes]));
      },
    ),
    runsOf(500),
  );
});
