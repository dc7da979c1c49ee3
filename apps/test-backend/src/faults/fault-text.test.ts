import { expect, test } from "vitest";
import { parseFaultFlag, parseFaultHeader } from "./fault-text.ts";

test.each([
  ["hang", { fault: "hang" }],
  ["status=503", { fault: "status", code: "503" }],
  ["status,code=503,for=20s", { fault: "status", code: "503", for: "20s" }],
  [
    "latency=lognormal(20ms,0.5),method=GET|HEAD",
    { fault: "latency", time: "lognormal(20ms,0.5)", method: "GET|HEAD" },
  ],
  ["hang, header=X-A: b=c", { fault: "hang", header: "X-A: b=c" }],
  ["unheard-of=1", { fault: "unheard-of" }],
])("reads the flag %s", (text, spec) => {
  expect(parseFaultFlag(text)).toEqual(spec);
});

test.each([
  ["", "needs the name of a fault"],
  ["hang=1", 'hang takes no value, got "1"'],
  ["status,503", '"503" is not key=value'],
  ["status=503,code=500", "code is given twice"],
  ["status,fault=hang", "is not key=value"],
])("refuses the flag %j", (text, message) => {
  expect(() => parseFaultFlag(text)).toThrow(message);
});

test("begins another fault at its name, but not where the name is a parameter", () => {
  expect(parseFaultHeader("latency=10ms;status=503; retryAfter=1s")).toEqual([
    { fault: "latency", time: "10ms" },
    { fault: "status", code: "503", retryAfter: "1s" },
  ]);
});
