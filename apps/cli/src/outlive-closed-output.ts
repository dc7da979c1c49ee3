/**
 * Lets the process go on when whoever read its output has gone, as `| head -3` does: what is left to say is
 * said to nobody, while a run still ends with its verdict as exit code and a server still serves. Without
 * it the first write after that ends the process with a stack trace.
 */
export function outliveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreGoneReader);
}

/** @throws the error itself for any other, such as a full disk: then output is lost that someone wants. */
function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
