import { accepted, type Parsed, refused } from "../parsed.ts";

/** `sun_path` holds 108 bytes on Linux with the final zero; Node cuts longer paths silently. */
const longestUnixPath = 107;

/** Reads the absolute path of a unix socket; `reservedBytes` of what the system takes must stay free. */
export function parseUnixPath(path: string, reservedBytes = 0): Parsed<string> {
  if (!path.startsWith("/") || path.includes("\0")) {
    return refused("a unix socket needs an absolute path, as in unix:/run/evenkeel.sock");
  }
  const bytes = new TextEncoder().encode(path).length;
  const longest = longestUnixPath - reservedBytes;
  if (bytes > longest) {
    return refused(`the socket's path has ${bytes} bytes; at most ${longest} are possible`);
  }
  return accepted(path);
}
