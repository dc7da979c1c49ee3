import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { Profile } from "pprof-format";
import { expect, test } from "vitest";
import { type PprofProfile, encodePprof } from "./pprof.ts";

const frame = fc.record({
  functionName: fc.constantFrom("", "a", "b", "näh\n"),
  url: fc.constantFrom("", "node:net", "file:///srv/app.ts"),
  lineNumber: fc.integer({ min: -1, max: 3 }),
});
const value = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const samples = fc.array(
  fc.record({
    frames: fc.array(frame, { minLength: 1, maxLength: 6 }),
    values: fc.tuple(value, value),
  }),
  { maxLength: 8 },
);
const types = [
  { type: "samples", unit: "count" },
  { type: "cpu", unit: "nanoseconds" },
];

/** What another decoder reads, in our words. */
function decoded(profile: PprofProfile): PprofProfile {
  const read = Profile.decode(gunzipSync(encodePprof(profile)));
  const text = (place: number | bigint): string => read.stringTable.strings[Number(place)] ?? "?";
  const functions = new Map(read.function.map((one) => [Number(one.id), one]));
  const locations = new Map(read.location.map((one) => [Number(one.id), one]));
  const threads = new Map<
    string,
    { name: string; samples: PprofProfile["threads"][0]["samples"] }
  >();
  for (const { locationId, value: values, label } of read.sample) {
    expect(label.map(({ key }) => text(key))).toEqual(["thread"]);
    const name = text(label[0]?.str ?? 0);
    const frames = locationId.map((id) => {
      const [line] = locations.get(Number(id))?.line ?? [];
      const called = functions.get(Number(line?.functionId ?? 0));
      if (called === undefined) throw new Error(`no function for location ${id}`);
      expect(Number(line?.line)).toBe(Number(called.startLine));
      const url = text(called.filename);
      return { functionName: text(called.name), url, lineNumber: Number(called.startLine) };
    });
    const thread = threads.get(name) ?? { name, samples: [] };
    threads.set(name, thread);
    thread.samples = [...thread.samples, { frames, values: values.map(Number) }];
  }
  return {
    types: read.sampleType.map(({ type, unit }) => ({ type: text(type), unit: text(unit) })),
    threads: [...threads.values()],
    startedAtMs: Number(read.timeNanos) / 1e6,
    durationMs: Number(read.durationNanos) / 1e6,
  };
}

test("another decoder of the format reads what was written", () => {
  const threads = fc.tuple(samples, samples).map(([control, worker]) =>
    [
      { name: "control", samples: control },
      { name: "worker-0", samples: worker },
    ].filter((thread) => thread.samples.length > 0),
  );
  fc.assert(
    fc.property(threads, (written) => {
      const times = { startedAtMs: 1_790_000_000_000, durationMs: 10_000 };
      const expected = written.map(({ name, samples: all }) => ({
        name,
        samples: all.map(({ frames, values }) => ({
          values,
          frames: frames.map(({ functionName, url, lineNumber }) => ({
            functionName: functionName === "" ? "(anonymous)" : functionName,
            url: url.replace("file://", ""),
            lineNumber: Math.max(0, lineNumber + 1),
          })),
        })),
      }));
      expect(decoded({ types, threads: written, ...times })).toEqual({
        types,
        threads: expected,
        ...times,
      });
    }),
  );
});

test("names the unit, and what is shown unless another is asked for", () => {
  const written = encodePprof({ types, threads: [], startedAtMs: 1, durationMs: 1 });
  const read = Profile.decode(gunzipSync(written));
  const text = (place: number | bigint): string | undefined =>
    read.stringTable.strings[Number(place)];
  expect(text(read.defaultSampleType)).toBe("cpu");
  expect([text(read.periodType?.type ?? 0), text(read.periodType?.unit ?? 0)]).toEqual([
    "cpu",
    "nanoseconds",
  ]);
  expect(read.stringTable.strings[0]).toBe("");
});
