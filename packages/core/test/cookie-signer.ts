import { createHmac } from "node:crypto";
import type { CookieSigner } from "../src/index.ts";

export interface CountedSigner extends CookieSigner {
  /** How often `sign` was called. */
  readonly signed: number;
}

/** What an app would pass in. */
export function signerOf(secret: string): CountedSigner {
  let signed = 0;
  return {
    get signed() {
      return signed;
    },
    sign: (text) => {
      signed++;
      return createHmac("sha256", secret).update(text).digest("base64url").slice(0, 22);
    },
    areEqual: (one, other) => one === other,
  };
}
