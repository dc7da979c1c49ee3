/** An element with what it holds. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const token = /<\?xml[^?]*\?>|<\/([a-z-]+)>|<([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/y;
const entity = /&(amp|lt|gt|quot);/g;
const meanings: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };
const allowed = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/** Reads the small part of XML that a report needs, strictly: whatever else there is throws. */
export function readXml(source: string): XmlElement {
  if (!allowed.test(source)) throw new Error("a character that XML cannot hold");
  const root = open("", "");
  const stack = [root];
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const match = token.exec(source);
    if (match === null) throw new Error(`not XML: ${source.slice(at, at + 60)}`);
    const [, closed, name, attributes = "", end, text] = match;
    const top = stack.at(-1) as Open;
    if (text !== undefined) top.text += decoded(text);
    if (name !== undefined) {
      const element = open(name, attributes);
      top.children.push(element);
      if (end === "") stack.push(element);
    }
    if (closed === undefined) continue;
    if (stack.pop()?.name !== closed) throw new Error(`</${closed}> closes another element`);
  }
  if (stack.length !== 1 || root.children.length !== 1) throw new Error("not one whole element");
  return root.children[0] as XmlElement;
}

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

function open(name: string, attributes: string): Open {
  const pairs = [...attributes.matchAll(/([a-z]+)="([^"]*)"/g)];
  const values = pairs.map(([, key = "", value = ""]) => [key, decoded(value)] as const);
  return { name, attributes: Object.fromEntries(values), children: [], text: "" };
}

function decoded(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot);)/.test(text)) throw new Error(`a bare ampersand: ${text}`);
  return text.replaceAll(entity, (_, name: string) => meanings[name] ?? "");
}
