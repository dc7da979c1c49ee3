/** One line for a person: why this address could not be listened on, and what to do. */
export function describeListenError(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "EADDRINUSE":
      return `cannot listen on ${host}:${port}: the port is taken (--port 0 picks a free one)`;
    case "EACCES":
      return `cannot listen on ${host}:${port}: not permitted (ports below 1024 need privileges)`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `cannot listen on ${host}:${port}: this machine has no address "${host}"`;
    default:
      return `cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : code}`;
  }
}
