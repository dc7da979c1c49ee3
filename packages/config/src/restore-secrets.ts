import { isContainer } from "./config-path.ts";
import { redacted } from "./redact-secrets.ts";

/**
 * Puts the secrets of `known` where `shown` has what `redactSecrets` put in their places, in place. What
 * `known` has no string for stays, and is refused as what it is.
 */
export function restoreSecrets(shown: unknown, known: unknown): void {
  if (!isContainer(shown) || !isContainer(known)) return;
  const [target, source] = [shown, known] as [Record<string, unknown>, Record<string, unknown>];
  for (const key of Object.keys(target)) {
    const secret = Object.hasOwn(source, key) ? source[key] : undefined;
    if (target[key] === redacted && typeof secret === "string") target[key] = secret;
    else restoreSecrets(target[key], secret);
  }
}
