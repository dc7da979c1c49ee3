import { accepted, type Parsed, refused } from "../parsed.ts";
import type { Environment } from "./interpolation.ts";

/** The content of the file that a variable called `…_FILE` names, without its last line break. */
export type ReadSecret = (path: string) => Parsed<string>;

/** What ends the name of a variable that says where the value stands instead of what it is. */
export const fileSuffix = "_FILE";

/** For callers that must not touch the disk. */
export const readNoSecrets: ReadSecret = () => refused("files are not read here");

/**
 * The value of a variable: its own, or the content of the file that `NAME_FILE` names, as container
 * platforms hand out secrets. Undefined when neither is set. Both at once are refused, because
 * nobody could tell which one was meant.
 */
export function lookUpVariable(
  env: Environment,
  name: string,
  readSecret: ReadSecret,
): Parsed<string | undefined> {
  const value = ownValue(env, name);
  const path = ownValue(env, name + fileSuffix);
  if (path === undefined || path === "") return accepted(value);
  if (value !== undefined && value !== "") {
    return refused(`${name} and ${name}${fileSuffix} are both set; remove one of them`);
  }
  const content = readSecret(path);
  if (content.ok) return content;
  return refused(`${name}${fileSuffix} names ${JSON.stringify(path)}: ${content.message}`);
}

function ownValue(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}
