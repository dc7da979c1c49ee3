import { accepted, type Parsed, refused } from "../parsed.ts";

/** `sun_path` holds 108 bytes on Linux with the final zero; Node cuts longer paths silently. */
const longestUnixPath = 107;

/** Reads the absolute path of a unix socket. */
export function parseUnixPath(path: string): Parsed<string> {
  if (!path.startsWith("/") || path.includes("\0")) {
    return refused("a unix socket needs an absolute path, as in unix:/run/evenkeel.sock");
  }
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > longestUnixPath) {
    return refused(`the socket's path has ${bytes} bytes; at most ${longestUnixPath} are possible`);
  }
  return accepted(path);
}
