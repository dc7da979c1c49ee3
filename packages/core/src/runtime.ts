/** Monotonic milliseconds with an arbitrary origin that all threads share (`performance.now`, never wall time). */
export type Clock = () => number;

/** A number in [0, 1), uniform. Seeded or scripted in tests. */
export type Random = () => number;
