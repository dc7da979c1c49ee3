/** One secret, as far as core needs it: cryptography belongs to the app. */
export interface CookieSigner {
  /**
   * 22 characters of base64url, which are 16 bytes that only who has the secret can make of `text`;
   * always the same ones.
   */
  sign(text: string): string;
  /** Takes as long for texts of one length whatever is in them. */
  areEqual(one: string, other: string): boolean;
}

/** What a cookie says. It names no address: whoever reads it learns nothing about the servers. */
export interface CookieContent {
  /** Which secret signed it; 4 characters of base64url. */
  readonly keyId: string;
  /** Which backend of which pool, as only who has the secret can tell; 12 characters of base64url. */
  readonly tag: string;
  /** Whole seconds of the wall clock, since 1970. */
  readonly issuedAt: number;
  /** When it was last renewed, likewise. */
  readonly usedAt: number;
}

/*
 * A value is `1`, key id, tag, the two times in base 36, a full stop and the signature of everything
 * before it. Each part has one length and one spelling, so no second value says the same.
 */
const version = "1";
const timeDigits = 7;
const pattern = /^1([\w-]{4})([\w-]{12})([\da-z]{7})([\da-z]{7})\.([\w-]{22})$/;

// None of these texts begins with the version, so none is ever the beginning of a cookie.
export function keyIdOf(signer: CookieSigner): string {
  return signer.sign("key").slice(0, 4);
}

export function tagOf(signer: CookieSigner, pool: string, backend: string): string {
  return signer.sign(`backend\n${pool}\n${backend}`).slice(0, 12);
}

export function encodeCookie(content: CookieContent, signer: CookieSigner): string {
  const text = textOf(content);
  return `${text}.${signer.sign(text)}`;
}

/** Who says that he made it, before it is known whether that is true; null: nobody we know of. */
export interface ReadCookie {
  readonly content: CookieContent;
  readonly signature: string;
}

export function readCookie(value: string): ReadCookie | null {
  const parts = pattern.exec(value);
  if (parts === null) return null;
  const [, keyId, tag, issuedAt, usedAt, signature] = parts as unknown as string[] &
    [string, string, string, string, string, string];
  const times = { issuedAt: Number.parseInt(issuedAt, 36), usedAt: Number.parseInt(usedAt, 36) };
  return { content: { keyId, tag, ...times }, signature };
}

/**
 * The value, made anew, when this signer made it; null when not. The copy is for those who keep it:
 * what was read is a part of a request's head and would keep all of it.
 */
export function verifiedValue(cookie: ReadCookie, signer: CookieSigner): string | null {
  const text = textOf(cookie.content);
  const expected = signer.sign(text);
  return signer.areEqual(cookie.signature, expected) ? `${text}.${expected}` : null;
}

function textOf({ keyId, tag, issuedAt, usedAt }: CookieContent): string {
  return version + keyId + tag + timeText(issuedAt) + timeText(usedAt);
}

function timeText(seconds: number): string {
  return seconds.toString(36).padStart(timeDigits, "0");
}
