/* What a run under way looks like, as text. Pure. */
import type { Progress } from "../engine/messages.ts";
import type { Glimpse } from "../observation/glimpse.ts";
import { formatCount, formatLatency, formatSeconds, formatShare, printable } from "./format.ts";
import type { Paint, Tone } from "./paint.ts";
import type { LiveRates } from "./rate-meter.ts";
import { shortened } from "./text-width.ts";

const progressBarWidth = 24;
const shareBarWidth = 20;
/** Of a hundred backends nobody reads the shares four times a second. */
const mostBackends = 6;
const nameWidth = 14;

/** A few lines, none wider than `columns`; as many as there are backends, so that it does not jump. */
export function renderBlock(
  progress: Progress,
  rates: LiveRates | undefined,
  { columns, paint }: { readonly columns: number; readonly paint: Paint },
): string[] {
  const line = (text: string, tone?: Tone): string => {
    // Cut where it would go on in the next line: a block of more lines than it has is not redrawn well.
    const fitting = shortened(text, columns);
    return tone === undefined ? fitting : paint(tone, fitting);
  };
  const { glimpse } = progress;
  const head = line(renderProgress(progress), "strong");
  if (glimpse === undefined) return [head];
  return [
    head,
    line(labelled("rate", rateText(glimpse, rates))),
    line(labelled("latency", `${latencyText(glimpse)} in the last second`)),
    line(labelled("failed", failureText(glimpse)), glimpse.failed > 0 ? "bad" : undefined),
    ...shareLines(rates).map((text) => line(text)),
  ];
}

/** The same in a line for a log. */
export function plainLine(progress: Progress, rates: LiveRates | undefined): string {
  const { phase, glimpse, elapsedMs, durationMs } = progress;
  const of = durationMs === undefined ? "" : ` of ${formatSeconds(durationMs)}`;
  const time = `${phase} ${formatSeconds(elapsedMs)}${of}`;
  if (glimpse === undefined) return `${time}, ${countText(progress)}`;
  return [
    time,
    rateText(glimpse, rates),
    latencyText(glimpse),
    `failed ${failureText(glimpse)}`,
  ].join(", ");
}

/** `measuring [████████░░░░░░░░░░░░░░░░]  34 %  340 of 1,000 requests, 0.25 s` */
export function renderProgress(progress: Progress): string {
  const { phase, elapsedMs, durationMs } = progress;
  const of = durationMs === undefined ? "" : ` of ${formatSeconds(durationMs)}`;
  const count = `${countText(progress)}, ${formatSeconds(elapsedMs)}${of}`;
  const done = fractionDone(progress);
  if (done === undefined) return `${phase}  ${count}`;
  const percent = String(Math.floor(done * 100)).padStart(3);
  return `${phase} [${bar(done, progressBarWidth)}] ${percent} %  ${count}`;
}

function countText({ completed, requests }: Progress): string {
  const of = requests === undefined ? "" : ` of ${formatCount(requests)}`;
  return `${formatCount(completed)}${of} requests`;
}

function rateText({ inFlight }: Glimpse, rates: LiveRates | undefined): string {
  const inFlightText = `in flight ${formatCount(inFlight)}`;
  if (rates === undefined) return inFlightText;
  const { offered, achieved } = rates;
  return `offered ${formatCount(offered)}/s, achieved ${formatCount(achieved)}/s, ${inFlightText}`;
}

function latencyText({ p50Us, p99Us }: Glimpse): string {
  if (p50Us === null || p99Us === null) return "no response";
  return `p50 ${formatLatency(p50Us)}, p99 ${formatLatency(p99Us)}`;
}

function failureText({ failed, offered, dropped }: Glimpse): string {
  const share = offered === 0 ? "" : ` (${formatShare(failed / offered)})`;
  const droppedText = dropped === 0 ? "" : `, dropped ${formatCount(dropped)}`;
  return `${formatCount(failed)}${share}${droppedText}`;
}

function shareLines(rates: LiveRates | undefined): string[] {
  const shares = [...(rates?.shares ?? [])].toSorted(([a], [b]) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  const lines = shares.slice(0, mostBackends).map(([name, share]) => {
    const text = shortened(printable(name), nameWidth).padEnd(nameWidth);
    return `${text} ${bar(share, shareBarWidth)} ${formatShare(share).padStart(7)}`;
  });
  const more = shares.length - lines.length;
  return more > 0 ? [...lines, `… and ${more} more backends`] : lines;
}

function labelled(name: string, text: string): string {
  return `${name.padEnd(9)}${text}`;
}

function bar(part: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, part)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}

/** Whichever limit is nearer: the run ends at the first of them. */
function fractionDone({
  completed,
  requests,
  elapsedMs,
  durationMs,
}: Progress): number | undefined {
  const parts = [
    ...(requests === undefined ? [] : [completed / requests]),
    ...(durationMs === undefined ? [] : [elapsedMs / durationMs]),
  ];
  return parts.length === 0 ? undefined : Math.min(1, Math.max(...parts));
}
