import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { ProtobufWriter } from "./protobuf-writer.ts";
import type { CallFrame, StackSample } from "./v8-profile.ts";

/*
 * google/pprof's profile.proto, gzipped: what `go tool pprof`, Pyroscope, Parca and speedscope read. All
 * threads are in one profile, told apart by the label `thread`.
 */

/** What the numbers of a sample are: `cpu` in `nanoseconds`. */
export interface SampleType {
  readonly type: string;
  readonly unit: string;
}

export interface PprofProfile {
  /** One for each value of a sample; the last one is shown unless another is asked for. */
  readonly types: readonly SampleType[];
  readonly threads: readonly {
    readonly name: string;
    readonly samples: readonly StackSample[];
  }[];
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly durationMs: number;
}

export function encodePprof({ types, threads, startedAtMs, durationMs }: PprofProfile): Buffer {
  const strings = new Strings();
  const frames = new Frames(strings);
  const profile = new ProtobufWriter();
  for (const type of types) profile.message(1, valueType(type, strings));
  const thread = strings.place("thread");
  for (const { name, samples } of threads) {
    const label = new ProtobufWriter().number(1, thread).number(2, strings.place(name));
    for (const { frames: stack, values } of samples) {
      const locations = stack.map((frame) => frames.place(frame));
      const sample = new ProtobufWriter().numbers(1, locations).numbers(2, values.map(Math.round));
      profile.message(2, sample.message(3, label));
    }
  }
  frames.writeTo(profile);
  const shown = types.at(-1);
  if (shown !== undefined) {
    profile.message(11, valueType(shown, strings)).number(14, strings.place(shown.type));
  }
  profile.number(9, startedAtMs * 1e6).number(10, Math.round(durationMs * 1e6));
  strings.writeTo(profile);
  return gzipSync(profile.finish());
}

function valueType({ type, unit }: SampleType, strings: Strings): ProtobufWriter {
  return new ProtobufWriter().number(1, strings.place(type)).number(2, strings.place(unit));
}

/** Texts are written once and named by their place; the first one has to be empty. */
class Strings {
  readonly #places: Map<string, number> = new Map([["", 0]]);

  place(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const next = this.#places.size;
    this.#places.set(text, next);
    return next;
  }

  writeTo(profile: ProtobufWriter): void {
    for (const text of this.#places.keys()) profile.text(6, text);
  }
}

/** Functions, each with one location: V8 says where a function begins, not which of its lines ran. */
class Frames {
  readonly #strings: Strings;
  readonly #places: Map<string, number> = new Map();
  readonly #frames: CallFrame[] = [];

  constructor(strings: Strings) {
    this.#strings = strings;
  }

  /** From 1: 0 stands for none. */
  place(frame: CallFrame): number {
    const key = `${frame.functionName}\n${frame.url}\n${frame.lineNumber}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const next = this.#frames.push(frame);
    this.#places.set(key, next);
    return next;
  }

  writeTo(profile: ProtobufWriter): void {
    this.#frames.forEach(({ functionName, url, lineNumber }, index) => {
      const id = index + 1;
      const name = this.#strings.place(functionName === "" ? "(anonymous)" : functionName);
      const line = Math.max(0, lineNumber + 1);
      const place = new ProtobufWriter().number(1, id).number(2, line);
      profile.message(4, new ProtobufWriter().number(1, id).message(4, place));
      const file = this.#strings.place(fileOf(url));
      const described = new ProtobufWriter().number(1, id).number(2, name).number(3, name);
      profile.message(5, described.number(4, file).number(5, line));
    });
  }
}

function fileOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
