import type { RequestKind, ResponseCheck, StatusRange } from "./load-plan.ts";

/** What checks look at. */
export interface CheckedResponse {
  readonly status: number;
  readonly body: string;
}

/** Whether a check needs the body. */
export function readsBody({ checks }: Pick<RequestKind, "checks">): boolean {
  return checks.some(({ kind }) => kind !== "status");
}

/** `status 200-299`, `body contains "ok"` */
export function checkName(check: ResponseCheck): string {
  if (check.kind === "status") return `status ${check.ranges.map(formatRange).join(",")}`;
  const text = JSON.stringify(check.text.length > 40 ? `${check.text.slice(0, 40)}…` : check.text);
  return check.kind === "body" ? `body is ${text}` : `body contains ${text}`;
}

/** Whether it holds. */
export function passes(check: ResponseCheck, { status, body }: CheckedResponse): boolean {
  if (check.kind === "body") return body === check.text;
  if (check.kind === "contains") return body.includes(check.text);
  return check.ranges.some(({ from, to }) => status >= from && status <= to);
}

function formatRange({ from, to }: StatusRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** Reads `200`, `200-299,304`; undefined for anything else. */
export function parseStatusRanges(text: string): StatusRange[] | undefined {
  const ranges = text.split(",").map((part) => {
    const match = /^\s*([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?\s*$/.exec(part);
    const from = Number(match?.[1] ?? Number.NaN);
    return { from, to: Number(match?.[2] ?? from) };
  });
  return ranges.every(({ from, to }) => from <= to) ? ranges : undefined;
}
