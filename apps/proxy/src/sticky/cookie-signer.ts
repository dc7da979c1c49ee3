import { createHmac, timingSafeEqual } from "node:crypto";
import type { CookieSigner } from "@evenkeel/core";

const signatureBytes = 16;

/** HMAC-SHA-256, of which 128 bits are kept: as hard to guess as the shortest secret that is taken. */
export function createCookieSigner(secret: string): CookieSigner {
  return {
    sign: (text) =>
      createHmac("sha256", secret)
        .update(text)
        .digest()
        .subarray(0, signatureBytes)
        .toString("base64url"),
    areEqual: (one, other) => {
      return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
    },
  };
}
