import * as fc from "fast-check";

/** Sound requests as trees, and as text; the tests know what must come out at the other end. */
export interface SoundRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly fields: readonly SoundField[];
  readonly body: SoundBody;
}

export interface SoundField {
  readonly name: string;
  readonly value: string;
  readonly before: string;
  readonly after: string;
}

export interface SoundChunk {
  readonly content: string;
  readonly extension: string;
  readonly zeros: number;
}

export type SoundBody =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly content: string }
  | { readonly kind: "chunked"; readonly chunks: readonly SoundChunk[]; readonly trailers: string };

/** The seed is fixed for a quiet suite; EVENKEEL_SEED and EVENKEEL_PROPERTY_RUNS widen the search. */
export function runsOf(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  const factor = Number(process.env["EVENKEEL_PROPERTY_RUNS"] ?? 1);
  return { numRuns: numRuns * factor, seed: Number(process.env["EVENKEEL_SEED"] ?? 1) };
}

function textOf(octets: string, constraints: fc.StringConstraints): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: fc.constantFrom(...octets.split("")) });
}

function range(first: number, last: number): string {
  return String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, at) => first + at));
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const tokenOctets = `${alphanumeric}!#$%&'*+-.^_\`|~`;
const valueOctets = `\t${range(0x20, 0x7e)}${range(0x80, 0xff)}`;

export const token: fc.Arbitrary<string> = textOf(tokenOctets, { minLength: 1, maxLength: 12 });
export const latin1: fc.Arbitrary<string> = textOf(range(0, 0xff), { maxLength: 40 });

const blanks = textOf(" \t", { maxLength: 3 });
const value = textOf(valueOctets, { maxLength: 30 }).map((text) =>
  text.replace(/^[ \t]+|[ \t]+$/g, ""),
);

const taken = new Set(["host", "content-length", "transfer-encoding", "connection", "expect"]);
const ownNames = textOf(`${alphanumeric}-`, { minLength: 1, maxLength: 12 });
const hopNames = fc.constantFrom(
  "TE",
  "Keep-Alive",
  "Proxy-Connection",
  "Trailer",
  "HTTP2-Settings",
);
const claimNames = fc.constantFrom("X-Forwarded-For", "x-real-ip", "Forwarded", "X_Forwarded_For");
const name = fc
  .oneof({ weight: 6, arbitrary: ownNames }, hopNames, claimNames, token)
  .filter((text) => !taken.has(text.toLowerCase()));

export const field: fc.Arbitrary<SoundField> = fc.record({
  name,
  value,
  before: blanks,
  after: blanks,
});

const segment = textOf(`${alphanumeric}-_~!$&'()*+,;=:@`, { maxLength: 8 });
const target = fc
  .tuple(
    fc.array(fc.oneof(segment, fc.constantFrom("%2F", "%7e", "a.b", ".x", "...")), {
      maxLength: 4,
    }),
    fc.option(textOf(`${alphanumeric}-._~!$&'()*+,;=:@/?%"<>[]^|{}`, { maxLength: 12 }), {
      nil: null,
    }),
  )
  .map(([path, query]) => `/${path.join("/")}${query === null ? "" : `?${query}`}`);

const method = fc
  .oneof(fc.constantFrom("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH"), token)
  .filter((text) => text !== "CONNECT" && text !== "TRACE");

const extension = fc
  .array(
    fc.tuple(
      fc.constantFrom("", " ", "\t"),
      token,
      fc.oneof(
        fc.constant(""),
        token.map((text) => `=${text}`),
        value.map((text) => `="${text.replaceAll(/["\\]/g, (mark) => `\\${mark}`)}"`),
      ),
    ),
    { maxLength: 2 },
  )
  .map((all) => all.map(([blank, key, rest]) => `;${blank}${key}${rest}`).join(""));

export const chunk: fc.Arbitrary<SoundChunk> = fc.record({
  content: latin1.filter((text) => text !== ""),
  extension,
  zeros: fc.nat(4),
});

const trailers = fc
  .array(fc.tuple(token, value), { maxLength: 2 })
  .map((all) => all.map(([key, text]) => `${key}: ${text}\r\n`).join(""));

export const chunkedBody: fc.Arbitrary<Extract<SoundBody, { kind: "chunked" }>> = fc.record({
  kind: fc.constant("chunked" as const),
  chunks: fc.array(chunk, { maxLength: 4 }),
  trailers,
});

const body: fc.Arbitrary<SoundBody> = fc.oneof(
  fc.constant({ kind: "none" as const }),
  latin1.map((content) => ({ kind: "length" as const, content })),
  chunkedBody,
);

export const soundRequest: fc.Arbitrary<SoundRequest> = fc.record({
  method,
  target,
  host: fc.constantFrom("a.test", "A.Test:8080", "[::1]", "127.0.0.1:1"),
  fields: fc.array(field, { maxLength: 6 }),
  body,
});

/** Cut positions as fractions, so that they fit a text of any length. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(
  fc.double({ min: 0, max: 1, noNaN: true }),
  { maxLength: 6 },
);

export function cutsOf(text: string, fractions: readonly number[]): number[] {
  return fractions.map((fraction) => Math.floor(fraction * text.length));
}

export function writeChunked({
  chunks,
  trailers: section,
}: Extract<SoundBody, { kind: "chunked" }>): string {
  const written = chunks.map(
    ({ content, extension: ext, zeros }) =>
      `${"0".repeat(zeros)}${content.length.toString(16)}${ext}\r\n${content}\r\n`,
  );
  return `${written.join("")}0\r\n${section}\r\n`;
}

export function contentOf(part: SoundBody): string {
  if (part.kind === "none") return "";
  return part.kind === "length" ? part.content : part.chunks.map(({ content }) => content).join("");
}

export function writeRequest({
  method: verb,
  target: path,
  host,
  fields,
  body: part,
}: SoundRequest): string {
  const lines = [`${verb} ${path} HTTP/1.1`, `Host: ${host}`];
  for (const { name: key, value: text, before, after } of fields)
    lines.push(`${key}:${before}${text}${after}`);
  if (part.kind === "length") lines.push(`Content-Length: ${part.content.length}`);
  if (part.kind === "chunked") lines.push("Transfer-Encoding: chunked");
  const content = part.kind === "length" ? part.content : "";
  return `${lines.join("\r\n")}\r\n\r\n${part.kind === "chunked" ? writeChunked(part) : content}`;
}
