/** Text that is markup already; everything else is escaped on its way in. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `html\`<p>${text}</p>\``: whatever is put in is text, unless it came out of here itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const [first = "", ...rest] = withoutIndent(strings);
  return new Markup(
    rest.reduce((text, string, index) => text + markupOf(parts[index] ?? "") + string, first),
  );
}

/** An element whose content is no markup, and must stay as it is to the last character. */
export function rawElement(
  name: "style" | "script",
  content: string,
  attributes: Markup = new Markup(""),
): Markup {
  return new Markup(`<${name}${attributes.text}>${content}</${name}>`);
}

const shortened: WeakMap<TemplateStringsArray, readonly string[]> = new WeakMap();

/** The indentation of the source is of no use in the page; a table of thousands of cells feels it. */
function withoutIndent(strings: TemplateStringsArray): readonly string[] {
  const known = shortened.get(strings);
  if (known !== undefined) return known;
  const short = strings.map((text) => text.replaceAll(/\s*\n\s*/g, "\n"));
  shortened.set(strings, short);
  return short;
}

function markupOf(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return part.map(({ text }) => text).join("");
}

/** Control characters, which servers may send, are no part of a page. */
function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
    .replaceAll(/[^\P{Cc}\n\t]/gu, "\u{FFFD}");
}

/** JSON that a script can read from the page, whatever is in it. */
export function jsonElement(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replaceAll("<", String.raw`\u003c`);
  return rawElement("script", json, html` type="application/json" id="${id}"`);
}
