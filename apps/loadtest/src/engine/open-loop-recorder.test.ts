import { expect, test } from "vitest";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import { OpenLoopRecorder } from "./open-loop-recorder.ts";

test("latency counts from when a request was due, service time from when it went out", () => {
  const recorder = new OpenLoopRecorder();
  const index = recorder.due("GET", 1000);
  recorder.sent(index, 1200);
  recorder.settle(index, { kind: "response", status: 200, backend: "a" }, 1250);
  const { latencyUs, serviceUs, lagUs } = recorder.finish();
  expect(new LatencyHistogram(latencyUs).max).toBe(250_000);
  expect(new LatencyHistogram(serviceUs).max).toBe(50_000);
  expect(new LatencyHistogram(lagUs).max).toBe(200_000);
});

test("counts every request once, and times only complete responses", () => {
  const recorder = new OpenLoopRecorder();
  const [good, bad, lost, dropped, aborted] = Array.from({ length: 6 }, () => {
    const index = recorder.due("GET", 0);
    recorder.sent(index, 0);
    return index;
  }) as [number, number, number, number, number, number];
  recorder.settle(good, { kind: "response", status: 200, backend: undefined }, 1);
  recorder.settle(bad, { kind: "response", status: 503, backend: undefined }, 1);
  recorder.settle(lost, { kind: "error", error: "reset" }, 1);
  recorder.drop(dropped, 1);
  recorder.settle(aborted, { kind: "aborted" }, 1);
  expect(recorder.counts()).toEqual({ due: 6, ended: 4, failed: 3, dropped: 1, inFlight: 1 });
  const { latencyUs, windows } = recorder.finish();
  expect(latencyUs.count).toBe(2);
  expect(windows).toEqual([{ atMs: 0, due: 6, ok: 1, errorResponses: 1, lost: 1, dropped: 1 }]);
});
