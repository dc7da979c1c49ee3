/**
 * What is run with real processes and under the virtual clock: the same numbers stand in
 * packages/simulator/src/scenarios/agreement.ts, under the same names.
 */
export interface AgreementScenario {
  /** As `evenkeel simulate --scenario` takes it. */
  readonly name: string;
  readonly title: string;
  /** Requests that each backend serves at a time. */
  readonly slots: readonly number[];
  readonly ratePerSecond: number;
  /** Of an exponential distribution. */
  readonly meanServiceMs: number;
}

export const agreementScenarios: readonly AgreementScenario[] = [
  {
    name: "agreement-equal",
    title: "8 backends of 2 slots, 320 requests/s, exponential service of 40 ms (load 0.8)",
    slots: Array<number>(8).fill(2),
    ratePerSecond: 320,
    meanServiceMs: 40,
  },
  {
    name: "agreement-unequal",
    title:
      "4 backends of 3 slots and 4 of 1, 240 requests/s, exponential service of 40 ms (load 0.6)",
    slots: [3, 3, 3, 3, 1, 1, 1, 1],
    ratePerSecond: 240,
    meanServiceMs: 40,
  },
];
