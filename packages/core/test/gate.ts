/** What `waitForAll` needs: how many threads arrived, and 1 once all did. */
export function createGate(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

/** The last thread to arrive opens the gate, so that all begin at the same time. */
export function waitForAll(buffer: SharedArrayBuffer, threads: number): void {
  const gate = new Int32Array(buffer);
  if (Atomics.add(gate, 0, 1) + 1 === threads) {
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
  }
  Atomics.wait(gate, 1, 0);
}
