import { nearestName } from "../nearest-name.ts";
import { accepted, type Parsed, refused } from "../parsed.ts";
import { parseAuthority } from "./authority.ts";

const placeholders = ["host", "path", "rest", "query"] as const;

/** A piece of a redirect's location: text as it stands, or what is put in from the request. */
export type LocationPart =
  | { readonly text: string }
  | { readonly from: (typeof placeholders)[number] };

const shape =
  /^(?:https?:\/\/(?:\{host\}(?::\d{1,5})?|[^/?{}]+)(?=$|\/|\{(?:path|rest|query)\})|\/(?!\/)|\{(?:path|rest)\})/i;

/**
 * Reads `https://{host}{path}{query}`: the client's host comes only where a host belongs, and what
 * follows a host begins with a slash, so that no request can choose another server.
 */
export function parseLocation(text: string): Parsed<readonly LocationPart[]> {
  const quoted = JSON.stringify(text);
  if (!/^[\x21-\x7e]*$/.test(text)) {
    return refused(`${quoted} holds characters that must be percent-encoded`);
  }
  const unknown = [...text.matchAll(/\{([^{}]*)\}/g)].find(([, name = ""]) => !isKnown(name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown[1] ?? "", placeholders);
    const valid = placeholders.map((name) => `{${name}}`).join(", ");
    return refused(`${unknown[0]} is none of ${valid}`, nearest === null ? null : `{${nearest}}`);
  }
  const start = shape.exec(text)?.[0];
  if (start === undefined || /[{}]/.test(text.replaceAll(/\{[a-z]+\}/g, ""))) {
    return refused(`${quoted} must begin with a slash, http://host or https://host`);
  }
  if (text.slice(start.length).includes("{host}")) {
    return refused("{host} stands only after http:// or https://");
  }
  const [, authority] = /^https?:\/\/([^{]+)$/i.exec(start) ?? [];
  const host = authority === undefined ? accepted(null) : parseAuthority(authority);
  return host.ok ? accepted(partsOf(text)) : host;
}

function partsOf(text: string): readonly LocationPart[] {
  return text
    .split(/(\{[a-z]+\})/)
    .filter((piece) => piece !== "")
    .map((piece) => {
      const from = placeholders.find((name) => piece === `{${name}}`);
      return from === undefined ? { text: piece } : { from };
    });
}

function isKnown(name: string): boolean {
  return placeholders.some((placeholder) => placeholder === name);
}
