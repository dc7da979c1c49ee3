/**
 * Runs `work` with a signal that Ctrl-C aborts: it then keeps what it has. A second Ctrl-C, or any other
 * request to end, ends the process at once; the exit handlers take the spawned processes along.
 */
export async function withInterruption<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
  };
  const end = (_signal: NodeJS.Signals, number: number): void => process.exit(128 + number);
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", end);
  process.on("SIGHUP", end);
  try {
    return await work(interruption.signal);
  } finally {
    // Whoever still presses Ctrl-C while the partial result is printed means the same as before.
    if (!interruption.signal.aborted) process.off("SIGINT", interrupt);
    process.off("SIGTERM", end);
    process.off("SIGHUP", end);
  }
}
