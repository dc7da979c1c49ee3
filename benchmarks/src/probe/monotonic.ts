/** Milliseconds of the one clock that all threads of this machine share; only differences mean something. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
