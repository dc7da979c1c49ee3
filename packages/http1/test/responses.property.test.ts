import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  chunkedBody,
  contentOf,
  cuts,
  cutsOf,
  field,
  latin1,
  runsOf,
  writeChunked,
} from "./arbitraries.ts";
import { runResponse } from "./drive-responses.ts";
import { octets } from "./latin1.ts";
import { cutAt } from "./pieces.ts";
import { responseHeadFaults, trailerFaults } from "./strict-head.ts";

const status = fc.oneof(
  fc.constantFrom(200, 204, 304, 404, 500),
  fc.integer({ min: 200, max: 599 }),
);
const fields = fc.array(
  field.filter(({ name }) => !/^(?:date|upgrade)$/i.test(name)),
  { maxLength: 5 },
);
const body = fc.oneof(
  latin1.map((content) => ({ kind: "length" as const, content })),
  latin1.map((content) => ({ kind: "until-close" as const, content })),
  chunkedBody,
);

test("sound responses come out as they went in, for any cut, client and method", () => {
  fc.assert(
    fc.property(
      status,
      fields,
      body,
      cuts,
      fc.record({
        isHead: fc.boolean(),
        clientMinor: fc.constantFrom(0 as const, 1 as const),
        closes: fc.boolean(),
      }),
      (code, others, part, at, options) => {
        const lines = [
          `HTTP/1.1 ${code} x`,
          ...others.map(({ name, value }) => `${name}: ${value}`),
        ];
        if (part.kind === "length") lines.push(`Content-Length: ${part.content.length}`);
        if (part.kind === "chunked") lines.push("Transfer-Encoding: chunked");
        const head = `${lines.join("\r\n")}\r\n\r\n`;
        const isBodyless = options.isHead || code === 204 || code === 304;
        const content = part.kind === "chunked" ? contentOf(part) : part.content;
        const wire = part.kind === "chunked" ? writeChunked(part) : part.content;
        const text = head + (isBodyless ? "" : wire);
        const run = runResponse(cutAt(octets(text), cutsOf(text, at)), options);
        expect(run).toEqual(runResponse([octets(text)], options));
        expect(run).toMatchObject({ ending: "complete", extra: 0, violation: null });
        const [message] = run.messages;
        expect(message).toMatchObject({
          status: code,
          body: isBodyless ? "" : content,
          isComplete: true,
        });
        expect(responseHeadFaults(message?.forwarded ?? "")).toEqual([]);
        expect(trailerFaults(message?.trailers ?? "", "response")).toEqual([]);
        const isChunked = /transfer-encoding:/i.test(message?.forwarded ?? "");
        if (options.clientMinor === 0) expect(isChunked).toBe(false);
      },
    ),
    runsOf(500),
  );
});

test("any bytes at all are read without a throw, the same for every cut", () => {
  const line = fc.constantFrom("HTTP/1.1 200 OK\r\n", "HTTP/1.0 304\r\n", "HTTP/1.1 103 x\r\n\r\n");
  fc.assert(
    fc.property(line, latin1, cuts, (start, rest, at) => {
      const text = start + rest;
      expect(runResponse(cutAt(octets(text), cutsOf(text, at)))).toEqual(
        runResponse([octets(text)]),
      );
    }),
    runsOf(500),
  );
});
