export {
  type DistributionJudgement,
  judgeDistribution,
  type JudgedBackend,
  usesWeights,
  type Verdict,
} from "./judge-distribution.ts";
export { type DistributionFacts, judgedStrategies, type JudgedStrategy } from "./promise.ts";
export {
  judgeKeyShares,
  type KeyPlacement,
  type KeySharesFacts,
  type KeySharesJudgement,
} from "./keys/key-shares.ts";
export { judgeRemap, type RemapFacts, type RemapJudgement } from "./keys/remap.ts";
export { judgeStickiness, type StickinessJudgement } from "./keys/stickiness.ts";
export { type ClosedLoop, type LoopBalancer, runClosedLoop } from "./reference/closed-loop.ts";
export { goldenMaglev, type GoldenSequence, goldenSequences } from "./reference/golden.ts";
export { seededRandom } from "./reference/seeded-random.ts";
export { smoothWeightedPicks } from "./reference/smooth-weighted.ts";
export { chiSquareCritical, chiSquareSurvival } from "./statistics/chi-square.ts";
export { type GTest, gTest, powerOf, requestsForPower } from "./statistics/g-test.ts";
