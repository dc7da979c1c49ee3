/**
 * Fields the proxy treats specially, recognised from the bytes so that no string is made for the
 * others. The numbers are only ids.
 */
export const FieldId = {
  /** Any other field whose name is made of letters, digits and hyphens. */
  other: 0,
  /** A token with another character in it: dropped (security.md row 35). */
  odd: 1,
  host: 2,
  contentLength: 3,
  transferEncoding: 4,
  connection: 5,
  /** Keep-Alive, Proxy-Connection, HTTP2-Settings: this hop's business only. */
  hopByHop: 6,
  upgrade: 7,
  expect: 8,
  via: 9,
  date: 10,
  forwardedFor: 11,
  forwardedProto: 12,
  forwardedHost: 13,
  /**
   * The other fields that name a client or an original target, among them every other
   * `X-Forwarded-*`; dropped from untrusted peers.
   */
  forwardedOther: 14,
  requestId: 15,
  /** End-to-end fields that a Connection option must not be able to remove (row 53). */
  protectedField: 16,
  maxForwards: 17,
  /** Protected, too: whether a request may be sent twice depends on it. */
  idempotencyKey: 18,
  te: 19,
  /** Written anew, for what of the trailers will go on. */
  trailer: 20,
} as const;
export type FieldId = (typeof FieldId)[keyof typeof FieldId];

const known: readonly (readonly [name: string, id: FieldId])[] = [
  ["host", FieldId.host],
  ["content-length", FieldId.contentLength],
  ["transfer-encoding", FieldId.transferEncoding],
  ["connection", FieldId.connection],
  ["keep-alive", FieldId.hopByHop],
  ["proxy-connection", FieldId.hopByHop],
  ["te", FieldId.te],
  ["trailer", FieldId.trailer],
  ["http2-settings", FieldId.hopByHop],
  ["upgrade", FieldId.upgrade],
  ["expect", FieldId.expect],
  ["via", FieldId.via],
  ["date", FieldId.date],
  ["x-forwarded-for", FieldId.forwardedFor],
  ["x-forwarded-proto", FieldId.forwardedProto],
  ["x-forwarded-host", FieldId.forwardedHost],
  ["forwarded", FieldId.forwardedOther],
  ["x-scheme", FieldId.forwardedOther],
  ["x-real-ip", FieldId.forwardedOther],
  ["x-client-ip", FieldId.forwardedOther],
  ["true-client-ip", FieldId.forwardedOther],
  ["cf-connecting-ip", FieldId.forwardedOther],
  ["x-original-url", FieldId.forwardedOther],
  ["x-rewrite-url", FieldId.forwardedOther],
  ["x-request-id", FieldId.requestId],
  ["cookie", FieldId.protectedField],
  ["set-cookie", FieldId.protectedField],
  ["authorization", FieldId.protectedField],
  ["max-forwards", FieldId.maxForwards],
  ["idempotency-key", FieldId.idempotencyKey],
];

/** Who may speak for a client may use any of this family (`-Port`, `-Client-Cert`; row 92). */
const forwardedFamily = "x-forwarded-";

interface KnownName {
  readonly octets: Uint8Array;
  readonly id: FieldId;
  /** The next one with the same length and first letter. */
  readonly next: KnownName | null;
}

// By length and first letter: a field that is none of these mostly finds an empty place, and one
// that is finds its name at once.
const longest = 31;
const places: (KnownName | null)[] = Array.from({ length: (longest + 1) * 32 }, () => null);
for (const [name, id] of known) {
  const octets = octetsOf(name);
  const place = placeOf(name.length, octets[0] as number);
  places[place] = { octets, id, next: places[place] ?? null };
}

function placeOf(length: number, first: number): number {
  return (length << 5) | (first & 0x1f);
}

const forwardedFamilyOctets = octetsOf(forwardedFamily);

function octetsOf(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}

/** The id of a field name made of letters, digits and hyphens, in any case. */
export function fieldIdOf(bytes: Uint8Array, start: number, end: number): FieldId {
  const length = end - start;
  if (length <= longest) {
    let candidate = places[placeOf(length, bytes[start] as number)] as KnownName | null;
    for (; candidate !== null; candidate = candidate.next) {
      if (beginsIgnoringCase(bytes, start, candidate.octets)) return candidate.id;
    }
  }
  return length > forwardedFamily.length && beginsIgnoringCase(bytes, start, forwardedFamilyOctets)
    ? FieldId.forwardedOther
    : FieldId.other;
}

// Names are tokens here, and `| 0x20` maps no other token byte of `nameOctet` class 1 onto a
// letter, a digit or a hyphen, so the cheap fold is exact.
function beginsIgnoringCase(bytes: Uint8Array, start: number, octets: Uint8Array): boolean {
  for (let index = 0; index < octets.length; index++) {
    if (((bytes[start + index] as number) | 0x20) !== octets[index]) return false;
  }
  return true;
}

/** The id of a name given as lower-case text, as `Connection` options are compared. */
export function fieldIdOfText(lowerCaseName: string): FieldId {
  const id = idByText.get(lowerCaseName);
  if (id !== undefined) return id;
  return lowerCaseName.length > forwardedFamily.length && lowerCaseName.startsWith(forwardedFamily)
    ? FieldId.forwardedOther
    : FieldId.other;
}

const idByText: ReadonlyMap<string, FieldId> = new Map(known);
