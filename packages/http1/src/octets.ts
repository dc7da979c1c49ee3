/** Bytes to text, one code unit per byte. The app passes a fast one; RFC 9110 5.5 keeps obs-text. */
export type Latin1Decoder = (bytes: Uint8Array, start: number, end: number) => string;

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;

const alphanumeric = /[A-Za-z0-9]/;
const tokenMark = /[!#$%&'*+.^_`|~-]/;

function tableOf(classify: (code: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => classify(code));
}

/** Non-zero for a byte that may not stand inside a line: controls but HTAB, and DEL. */
export const lineBreaker: Uint8Array = tableOf((code) =>
  (code < 0x20 && code !== HTAB) || code === 0x7f ? 1 : 0,
);

/**
 * Field-name bytes: 1 = letter, digit or hyphen; 2 = another token character, legal but a known
 * way to smuggle an alias past a filter (`X_Forwarded_For`; security.md row 35); 0 = not a token.
 */
export const nameOctet: Uint8Array = tableOf((code) => {
  const character = String.fromCharCode(code);
  if (alphanumeric.test(character) || character === "-") return 1;
  return tokenMark.test(character) ? 2 : 0;
});

/** 1 for visible ASCII, the only bytes of a request target (RFC 9112 3.2). */
export const targetOctet: Uint8Array = tableOf((code) => (code > 0x20 && code < 0x7f ? 1 : 0));

/** Value of a hexadecimal digit, 255 for any other byte. */
export const hexValue: Uint8Array = tableOf((code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) || code > 0x7f ? 255 : digit;
});

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The white space that may stand around a field's value or a list's member. */
export function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}
