import { describe, expect, test } from "vitest";
import type { Exchange } from "../exchange.ts";
import type { TraceRecord } from "./trace-record.ts";
import { Tracer } from "./tracer.ts";

interface Sent {
  readonly records: readonly TraceRecord[];
  readonly dropped: number;
}

/** `drawn`: what the random numbers are, in turn. */
function setUp(share: number, drawn: readonly number[]): { tracer: Tracer; sent: Sent[] } {
  const sent: Sent[] = [];
  const left = [...drawn];
  const tracer = new Tracer({
    share,
    random: () => left.shift() ?? Number.NaN,
    clock: () => 20,
    wallClock: () => 0,
    send: (records, dropped) => sent.push({ records, dropped }),
  });
  return { tracer, sent };
}

/** One that got to no backend. */
function exchangeFor(target: string): Exchange {
  const nothing = { route: null, pool: null, lease: null, binding: null, error: null };
  const facts = { target, method: "GET", requestId: "1", status: 404, startedAt: 12 };
  const client = { address: "192.0.2.1" };
  return { ...nothing, ...facts, client, trace: undefined } as unknown as Exchange;
}

describe("a tracer", () => {
  test("draws once for each request, and takes those below its share", () => {
    const { tracer, sent } = setUp(0.25, [0.24, 0.25, 0.9, 0]);
    for (const path of ["/a", "/b", "/c", "/d"]) {
      const exchange = exchangeFor(path);
      // Its pool is not known here: it is drawn for, and nothing is noted.
      tracer.attempting(exchange);
      tracer.attempting(exchange);
      tracer.ended(exchange, 20);
    }
    tracer.flush();
    expect(sent.map(({ records }) => records.map(({ path }) => path))).toEqual([["/a", "/d"]]);
    expect(sent[0]?.records[0]).toMatchObject({ latencyMs: 8, status: 404, attempts: [] });
  });

  test("hands over no more than a hundred at a time, and says how many there were besides", () => {
    const { tracer, sent } = setUp(
      1,
      Array.from({ length: 130 }, () => 0),
    );
    for (let count = 0; count < 130; count++) tracer.ended(exchangeFor("/"), 20);
    tracer.flush();
    expect(sent.map(({ records, dropped }) => [records.length, dropped])).toEqual([[100, 30]]);
  });

  test("sends nothing when there is nothing", () => {
    const { tracer, sent } = setUp(0.5, [0.6]);
    tracer.ended(exchangeFor("/"), 20);
    tracer.flush();
    expect(sent).toEqual([]);
  });
});
