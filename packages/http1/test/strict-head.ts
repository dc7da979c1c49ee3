/*
 * An independent reading of what may leave this proxy (invariant I1). It shares no code with src and
 * prefers being slow and plain: whole strings, one regular expression per rule.
 */
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const requestLine = new RegExp(`^(${token}) (/[\\x21-\\x7e]*|\\*) HTTP/1\\.1$`);
const statusLine = /^HTTP\/1\.1 ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)$/;
const fieldLine = new RegExp(`^(${token}):[ \\t]*([^\\r\\n]*?)[ \\t]*$`);
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

const neverForwarded = ["keep-alive", "proxy-connection", "http2-settings"] as const;

/** RFC 9110 6.5.1, by the purposes that it names. */
const noTrailer = new RegExp(
  "^(?:transfer-encoding|content-(?!digest|md5).*|host|connection|te|trailer|upgrade|keep-alive" +
    "|proxy-(?!status).*|http2-settings|expect|max-forwards|cache-control|pragma|range|if-.*" +
    "|authorization|cookie|set-cookie|www-authenticate|age|date|expires|location|retry-after|vary" +
    "|warning|via|x-forwarded-.*|forwarded|x-real-ip|x-request-id|idempotency-key)$",
);

/** Everything wrong with trailer lines that go on. */
export function trailerFaults(lines: string, side: "request" | "response"): string[] {
  if (lines === "") return [];
  const { fields, faults } = readHead(`\r\n${lines}\r\n`);
  const isPlain = side === "request" ? /^[A-Za-z0-9-]+$/ : /./;
  const odd = fields.filter(([name]) => noTrailer.test(name.toLowerCase()) || !isPlain.test(name));
  return [...faults, ...odd.map(([name]) => `trailer ${name}`)];
}

interface StrictHead {
  readonly startLine: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly faults: string[];
}

/** Everything wrong with a request head that goes to a backend; empty when it is sound. */
export function requestHeadFaults(head: string): string[] {
  const { startLine, fields, faults } = readHead(head);
  const match = requestLine.exec(startLine);
  if (match === null) faults.push("request line");
  else if (/[#\\]/.test(match[2] ?? "")) faults.push("target");
  else if (match[2] === "*" && match[1] !== "OPTIONS") faults.push("asterisk");
  const values = valuesOf(fields);
  checkFraming(values, faults);
  checkHopByHop(values, faults);
  const host = values.get("host") ?? [];
  if (host.length !== 1 || !/^[^\s,/?#@\\]+$/.test(host[0] ?? "")) faults.push("host");
  for (const name of ["x-forwarded-for", "x-request-id", "via"]) {
    if (values.get(name)?.length !== 1) faults.push(name);
  }
  for (const [name] of fields) if (!/^[A-Za-z0-9-]+$/.test(name)) faults.push(`odd name ${name}`);
  return faults;
}

/** Everything wrong with a response head that goes to a client. */
export function responseHeadFaults(head: string): string[] {
  const { startLine, fields, faults } = readHead(head);
  const match = statusLine.exec(startLine);
  if (match === null) faults.push("status line");
  const status = Number(match?.[1]);
  const values = valuesOf(fields);
  checkFraming(values, faults);
  checkHopByHop(values, faults);
  const isFramed = values.has("content-length") || values.has("transfer-encoding");
  if ((status < 200 || status === 204) && isFramed) faults.push("framing of a bodyless status");
  if (status >= 200 && !values.has("date")) faults.push("date");
  return faults;
}

function readHead(head: string): StrictHead {
  const faults: string[] = [];
  if (!head.endsWith("\r\n\r\n")) faults.push("end of head");
  const lines = head.slice(0, -4).split("\r\n");
  const fields: [string, string][] = [];
  for (const line of lines.slice(1)) {
    const match = fieldLine.exec(line);
    if (match === null) faults.push(`line ${JSON.stringify(line)}`);
    else if (!fieldValue.test(match[2] ?? "")) faults.push(`value of ${match[1]}`);
    else fields.push([match[1] ?? "", match[2] ?? ""]);
  }
  return { startLine: lines[0] ?? "", fields, faults };
}

function valuesOf(fields: StrictHead["fields"]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

function checkFraming(values: ReadonlyMap<string, readonly string[]>, faults: string[]): void {
  const lengths = values.get("content-length") ?? [];
  const codings = values.get("transfer-encoding") ?? [];
  if (lengths.length + codings.length > 1) faults.push("framed twice");
  for (const length of lengths) {
    if (!/^(?:0|[1-9][0-9]*)$/.test(length) || !Number.isSafeInteger(Number(length))) {
      faults.push("content-length");
    }
  }
  for (const coding of codings) if (coding !== "chunked") faults.push("transfer-encoding");
}

function checkHopByHop(values: ReadonlyMap<string, readonly string[]>, faults: string[]): void {
  for (const name of neverForwarded) if (values.has(name)) faults.push(name);
  const te = values.get("te") ?? [];
  if (te.length > 0 && te.join() !== "trailers") faults.push("te");
  const upgrade = values.get("upgrade") ?? [];
  if (upgrade.length > 1) faults.push("upgrade");
  const listed = [...upgrade.map(() => "Upgrade"), ...te.map(() => "TE")].join(", ");
  const connection = (values.get("connection") ?? []).join();
  if (connection !== listed && (connection !== "close" || listed !== "")) faults.push("connection");
  checkTrailer(values, faults);
}

function checkTrailer(values: ReadonlyMap<string, readonly string[]>, faults: string[]): void {
  const [list, ...others] = values.get("trailer") ?? [];
  if (list === undefined) return;
  const isChunked = values.get("transfer-encoding")?.join() === "chunked";
  const isSound = list.split(", ").every((name) => !noTrailer.test(name.toLowerCase()));
  if (others.length > 0 || !isChunked || !isSound) faults.push("trailer");
}
