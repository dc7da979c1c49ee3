const signals = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Resolves at the first SIGTERM or SIGINT, for a graceful end. The second one ends the process at
 * once, with 128 + the signal's number as a shell would report it.
 */
export function untilSignalled(): Promise<void> {
  return new Promise((resolve) => {
    let signalled = false;
    for (const [signal, number] of Object.entries(signals)) {
      process.on(signal, () => {
        if (signalled) process.exit(128 + number);
        signalled = true;
        resolve();
      });
    }
  });
}
