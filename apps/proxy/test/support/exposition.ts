/** One series: the value, or for a histogram's parts the value of that part. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly series: readonly Series[];
}

const nameShape = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const seriesShape = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelShape = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

/**
 * Reads the Prometheus text format (0.0.4) and takes nothing that the format does not have, nor
 * anything out of order: HELP, TYPE, then all series of that metric, each label set once.
 */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, Family>();
  let series: Series[] = [];
  let name = "";
  let help: string | null = null;
  for (const line of text.slice(0, -1).split("\n")) {
    if (line.startsWith("# HELP ")) {
      [, name = "", help = ""] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
      if (!nameShape.test(name)) throw new Error(`not a name: ${line}`);
      if (families.has(name)) throw new Error(`twice: ${name}`);
      if (/\\(?![\\n])/.test(help)) throw new Error(`bad escape: ${line}`);
    } else if (line.startsWith("# TYPE ")) {
      const [, typed, type = ""] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
      if (typed !== name || help === null) throw new Error(`TYPE without its HELP: ${line}`);
      series = [];
      families.set(name, { name, type, help, series });
      help = null;
    } else {
      const found = readSeries(line);
      const family = families.get(name);
      if (family === undefined || !isOf(family, found.name)) throw new Error(`stray: ${line}`);
      series.push(found);
    }
  }
  for (const family of families.values()) judge(family);
  return families;
}

function readSeries(line: string): Series {
  const [, name, labels, value] = seriesShape.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a series: ${line}`);
  const number = value === "+Inf" ? Infinity : Number(value);
  if (Number.isNaN(number)) throw new Error(`not a number: ${line}`);
  return { name, labels: readLabels(labels), value: number };
}

function readLabels(text: string | undefined): Record<string, string> {
  const labels: [string, string][] = [];
  if (text === undefined) return {};
  labelShape.lastIndex = 0;
  while (labelShape.lastIndex < text.length) {
    const at = labelShape.lastIndex;
    const [, name, value] = labelShape.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error(`labels: ${text.slice(at)}`);
    labels.push([name, value.replaceAll(/\\(.)/g, (_, one) => (one === "n" ? "\n" : String(one)))]);
  }
  if (new Set(labels.map(([name]) => name)).size < labels.length) throw new Error(`twice: ${text}`);
  return Object.fromEntries(labels);
}

function isOf({ name, type }: Family, series: string): boolean {
  if (type !== "histogram") return series === name;
  return ["_bucket", "_sum", "_count"].some((suffix) => series === name + suffix);
}

function judge({ name, type, series }: Family): void {
  const keys = series.map(({ name: one, labels }) => one + JSON.stringify(Object.entries(labels)));
  if (new Set(keys).size < keys.length) throw new Error(`a series of ${name} stands there twice`);
  if (type === "counter" && !name.endsWith("_total")) throw new Error(`${name} lacks _total`);
  if (type !== "gauge" && series.some(({ value }) => value < 0)) throw new Error(`${name} < 0`);
  if (type === "histogram") judgeHistogram(name, series);
}

/** Buckets in rising order, counts that never fall, the last one +Inf and equal to the count. */
function judgeHistogram(name: string, series: readonly Series[]): void {
  const groups = Map.groupBy(series, ({ labels }) => JSON.stringify({ ...labels, le: "" }));
  for (const [key, group] of groups) {
    const buckets = group.filter((one) => one.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number(labels["le"]?.replace("+Inf", "Infinity")));
    const counts = buckets.map(({ value }) => value);
    const [count] = group.filter((one) => one.name === `${name}_count`);
    const isSorted = (values: readonly number[]): boolean =>
      values.every((value, at) => at === 0 || value >= (values[at - 1] ?? 0));
    if (!isSorted(bounds) || new Set(bounds).size < bounds.length) throw new Error(`bounds ${key}`);
    if (!isSorted(counts)) throw new Error(`counts of ${name}${key} fall`);
    if (bounds.at(-1) !== Infinity || counts.at(-1) !== count?.value)
      throw new Error(`+Inf ${key}`);
    if (group.length !== buckets.length + 2) throw new Error(`${name}${key} lacks a part`);
  }
}

/** The one series with these labels. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
  const found = family?.series.filter(
    (one) =>
      one.name === name &&
      Object.keys(one.labels).length === Object.keys(labels).length &&
      Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  const [only, ...more] = found ?? [];
  if (only === undefined || more.length > 0) {
    throw new Error(`${found?.length ?? 0} series ${name}${JSON.stringify(labels)}`);
  }
  return only.value;
}
