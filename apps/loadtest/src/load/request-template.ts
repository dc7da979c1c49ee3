/*
 * `{{…}}` in a target, a header or a body: `{{seq}}` and `{{uuid}}` are the same wherever they stand in one
 * request, `{{random 1 100}}` and `{{pick a b}}` are drawn anew each time. Pure: randomness comes in.
 */
import { nearestName } from "@evenkeel/config/nearest-name";

/** What a placeholder is filled from. */
export interface TemplateFacts {
  /** Number of the request in the run, from 1. */
  readonly seq: number;
  /** The request's own UUID, made when first asked for. */
  readonly uuid: () => string;
  /** Uniform from 0 to below 1. */
  readonly random: () => number;
}

/** A text with its placeholders found. */
export interface Template {
  /** Renders to the same text every time. */
  readonly isConstant: boolean;
  readonly render: (facts: TemplateFacts) => string;
}

/** A template, or what is wrong with it and where (column from 1). */
export type ReadTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly column: number; readonly message: string };

type Piece = string | ((facts: TemplateFacts) => string);

const placeholder = /\{\{([^{}]*)\}\}/g;
const names = ["seq", "uuid", "random", "pick"];

/** Finds the placeholders of `text`; without any it is itself. */
export function readTemplate(text: string): ReadTemplate {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    pieces.push(text.slice(end, match.index));
    const piece = readPlaceholder(match[1] ?? "");
    if (typeof piece === "string") return { ok: false, column: match.index + 1, message: piece };
    pieces.push(piece.render);
    end = match.index + match[0].length;
  }
  const rest = text.slice(end);
  const stray = rest.indexOf("{{");
  if (stray !== -1) {
    return { ok: false, column: end + stray + 1, message: "{{ without }} behind it" };
  }
  pieces.push(rest);
  return { ok: true, template: templateOf(pieces) };
}

function templateOf(pieces: readonly Piece[]): Template {
  if (pieces.every((piece) => typeof piece === "string")) {
    const text = pieces.join("");
    return { isConstant: true, render: () => text };
  }
  return {
    isConstant: false,
    render(facts) {
      let text = "";
      for (const piece of pieces) text += typeof piece === "string" ? piece : piece(facts);
      return text;
    },
  };
}

/** A text is what is wrong. */
function readPlaceholder(text: string): { readonly render: Exclude<Piece, string> } | string {
  const [name = "", ...values] = text.trim().split(/\s+/);
  if (name === "seq" || name === "uuid") {
    if (values.length > 0) return `{{${name}}} takes nothing behind it`;
    return { render: name === "seq" ? ({ seq }) => String(seq) : ({ uuid }) => uuid() };
  }
  if (name === "random") return readRandom(values);
  if (name === "pick") {
    if (values.length === 0) return "{{pick}} needs what to pick from, as in {{pick a b}}";
    return { render: ({ random }) => values[Math.floor(random() * values.length)] ?? "" };
  }
  const nearest = nearestName(name, names);
  const hint = nearest === null ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`;
  return `there is no {{${name}}}; ${hint}`;
}

function readRandom(
  values: readonly string[],
): { readonly render: Exclude<Piece, string> } | string {
  const [least, most] = values.map((value) => (/^-?\d+$/.test(value) ? Number(value) : Number.NaN));
  if (values.length !== 2 || !Number.isSafeInteger(least) || !Number.isSafeInteger(most)) {
    return "{{random}} needs two whole numbers, as in {{random 1 100}}";
  }
  const [from, to] = [least as number, most as number];
  if (from > to) return `{{random ${from} ${to}}} has its larger number first`;
  return { render: ({ random }) => String(from + Math.floor(random() * (to - from + 1))) };
}

/** A version 4 UUID (RFC 9562) out of `random`. */
export function randomUuid(random: () => number): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
  const variant = "89ab"[Math.floor(random() * 4)] ?? "8";
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
