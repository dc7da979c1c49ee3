/** Bounds of one message; security.md section 4. Every one fails with a named violation. */
export interface HeadLimits {
  /** Bytes of a head with its final empty line; more is 431. */
  readonly headBytes: number;
  /** Bytes of a request target; more is 414. RFC 9112 3 asks for at least 8,000. */
  readonly targetBytes: number;
  /** Field lines; more is 431, never a silently shortened list (CVE-2026-58044). */
  readonly fields: number;
}

export const defaultHeadLimits: HeadLimits = { headBytes: 16_384, targetBytes: 8_000, fields: 100 };

/** A method token longer than this is 501 (RFC 9112 3); the longest registered one has 17 letters. */
export const maxMethodBytes = 32;

/** Empty lines tolerated before a request line (RFC 9112 2.2 says at least one). */
export const maxLeadingEmptyLines = 4;

/** Chunk extensions of a whole body; a sender of more is attacking (CVE-2024-22019). */
export const maxChunkExtensionBytes = 8_192;

/** Trailer section of a chunked body. */
export const maxTrailerBytes = 8_192;

/** Its field lines; as many as a head may have. */
export const maxTrailerFields = 100;

/** RFC 9110 8.6 sets no limit; above 2^53-1 a JavaScript number loses bytes. */
export const maxContentLength: number = Number.MAX_SAFE_INTEGER;
