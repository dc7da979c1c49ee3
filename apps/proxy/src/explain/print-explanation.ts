import type {
  ExplainedBackend,
  ExplainedOutcome,
  ExplainedPool,
  Explanation,
} from "./explanation.ts";

const yes = "✓";
const no = "✗";
const mostRows = 40;

/** An explanation as people read it in a shell: what happens first, then why. */
export function printExplanation(explanation: Explanation): string {
  const { request, outcome, rateLimits, split, forwarded, mirror, pools, notes } = explanation;
  const host = request.host === null ? "" : `  host ${request.host}`;
  const via = request.peer === request.clientIp ? "" : ` (through ${request.peer})`;
  const lines = [
    `${request.method} ${request.target}${host}  from ${request.clientIp}${via}  at ${request.listener}`,
    "",
    `=> ${outcomeText(outcome)}`,
    "",
    ...routeLines(explanation),
    ...section(
      "concurrency limits",
      explanation.concurrencyLimits.map(({ key, underWay, most, isAllowed }) => {
        return `${mark(isAllowed)} ${underWay} of ${most} under way${key === "" ? "" : ` for ${key}`}`;
      }),
    ),
    ...section(
      "rate limits",
      rateLimits.map(({ name, key, isAllowed, remaining, waitMs }) => {
        const of = key === "" ? "" : ` for ${key}`;
        const left = isAllowed ? `${remaining} left after it` : `none left, ${ms(waitMs)} to wait`;
        return `${isAllowed ? yes : no} ${name}${of}: ${left}`;
      }),
    ),
    ...section(
      split === null ? "" : `split by ${split.by}${split.key === null ? "" : ` (${split.key})`}`,
      split?.arms.map(({ pool, chance }) => `${mark(chance > 0)} ${pool} ${percent(chance)}`) ?? [],
    ),
    ...pools.flatMap(poolLines),
    ...section("sent to the backend", forwarded?.head ?? []),
    ...section(
      "mirror",
      mirror === null
        ? []
        : [`${percent(mirror.share)} of such requests go to ${mirror.pool}, too`],
    ),
    ...section("notes", notes),
  ];
  return `${lines.map(printable).join("\n").trimEnd()}\n`;
}

function outcomeText(outcome: ExplainedOutcome): string {
  switch (outcome.kind) {
    case "forward": {
      const [first, ...others] = outcome.backends;
      if (first !== undefined && others.length === 0 && first.chance === 1) {
        return `${first.pool}/${first.backend}`;
      }
      const shown = outcome.backends.map(
        ({ pool, backend, chance }) => `${pool}/${backend} ${percent(chance)}`,
      );
      return `one of ${shown.slice(0, 8).join(", ")}${shown.length > 8 ? ", …" : ""}`;
    }
    case "wait":
      return `waits ${outcome.detail}`;
    case "redirect":
      return `${outcome.status} to ${outcome.location}`;
    case "answer":
      return `${outcome.status}: ${outcome.detail}`;
    default:
      return `${outcome.status} ${outcome.error}: ${outcome.detail}`;
  }
}

function routeLines({ route, nearRoutes }: Explanation): string[] {
  const because = route?.because.map((words) => `${yes} ${words}`) ?? [];
  const everything = route !== null && because.length === 0 ? [`${yes} it takes everything`] : [];
  const near = nearRoutes.flatMap(({ number, asks, failed, outranked }) => [
    `${mark(failed.length === 0)} ${number}  ${asks}`,
    ...failed.map((words) => `    ${words}`),
    ...(outranked === null ? [] : [`    ${outranked}`]),
  ]);
  return [
    ...section(route === null ? "" : `route ${route.number}  ${route.asks}`, [
      ...because,
      ...everything,
    ]),
    ...section("other routes that came near", near),
  ];
}

function poolLines(pool: ExplainedPool): string[] {
  const { sticky, hashKey, retry } = pool;
  const facts = [
    pool.strategy,
    `${pool.inFlight} in flight`,
    ...(pool.waiting > 0 ? [`${pool.waiting} waiting`] : []),
    ...(pool.isPanicking ? ["in panic: ejected backends serve, too"] : []),
    ...(pool.refusal === null ? [] : [pool.refusal]),
  ];
  const key = hashKey?.value === "" ? "none, so any backend" : hashKey?.value;
  const named = sticky?.backend === null ? "" : ` (${sticky?.backend})`;
  const budget = retry.budgetLeft === null ? "no budget" : `budget has ${retry.budgetLeft} left`;
  return section(`pool ${pool.pool}  ${facts.join(", ")}`, [
    ...(hashKey === null ? [] : [`key ${hashKey.from}: ${key}`]),
    ...(sticky === null
      ? []
      : [`cookie ${sticky.cookie}: ${sticky.verdict}${named}, ${sticky.detail}`]),
    ...backendTable(pool.backends),
    ...listed("next turns", pool.nextTurns),
    ...listed("order for this key", pool.keyOrder),
    `retries: ${retry.maxRetries} at most, ${budget}; ${retry.isIdempotent ? "may" : "may not"} be sent twice`,
    ...retry.after.map(({ outcome, isRetried, reason }) => {
      return `  ${mark(isRetried)} after ${outcome}${reason === null ? "" : `: ${reason}`}`;
    }),
  ]);
}

function listed(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}`];
}

/** A pool of hundreds fits no screen: those that may get the request, then others. */
function backendTable(backends: readonly ExplainedBackend[]): string[] {
  if (backends.length <= mostRows) return tableOf(backends);
  const likely = backends.toSorted((one, other) => other.chance - one.chance);
  const rest = backends.length - mostRows;
  return [...tableOf(likely.slice(0, mostRows)), `   … ${rest} more; --json has all`];
}

function tableOf(backends: readonly ExplainedBackend[]): string[] {
  const header = ["", "backend", "chance", "status", "in flight", "score", "why"];
  const rows = backends.map(({ id, chance, status, inFlight, cap, score, verdict, reason }) => [
    mark(chance > 0),
    id,
    chance > 0 ? percent(chance) : "-",
    status,
    `${inFlight}${cap === null ? "" : `/${cap}`}`,
    Object.entries(score)
      .map(([name, value]) => `${name} ${shortNumber(value)}`)
      .join(" "),
    chance > 0 || verdict === "not-picked" || reason.includes(verdict)
      ? reason
      : `${verdict}: ${reason}`,
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows].map((row) =>
    row
      .flatMap((cell, column) =>
        widths[column] === 0 && column > 0 ? [] : [cell.padEnd(widths[column] ?? 0)],
      )
      .join("  ")
      .trimEnd(),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return title === "" || lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ""];
}

function mark(isGood: boolean): string {
  return isGood ? yes : no;
}

function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} %`;
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

function ms(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${Math.ceil(milliseconds)} ms`
    : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** What came from elsewhere must not drive the terminal. */
function printable(line: string): string {
  return line.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
