export { createLoadtestCommand } from "./command/loadtest-command.ts";
export { exitCodes } from "./command/exit-codes.ts";
export {
  type BackendVerdict,
  type BackendVerdictKind,
  checkDistribution,
  type DistributionCounts,
  type DistributionExpectation,
  type DistributionVerdict,
} from "./distribution/check-distribution.ts";
export type { ChaosDocument } from "./chaos/document.ts";
export { type DistributionDocument, distributionDocument } from "./distribution/document.ts";
export type { DistributionOptions } from "./distribution/options.ts";
export { type DistributionResult, runDistribution } from "./distribution/run-distribution.ts";
export type { ComparisonDocument } from "./compare/document.ts";
export { type LoadDocument, loadDocument } from "./load/document.ts";
export { type LoadRun, type RunPlan, runLoad } from "./load/run-load.ts";
export { resolveRun, type RunOptions } from "./load/run-options.ts";
export type { SweepDocument } from "./sweep/document.ts";
export { type RunHooks, runClosedLoop } from "./engine/closed-loop.ts";
export type { Progress } from "./engine/messages.ts";
export type { ErrorKind } from "./engine/outcome.ts";
export type { ClosedLoopPlan } from "./engine/plan.ts";
export type { FailoverDocument } from "./failover/document.ts";
export { type ReportContext, reportContext } from "./report/report-context.ts";
export type { ReportDocument, ReportRun, ReportVerdict } from "./report/report-document.ts";
export { readReport } from "./report/read-report.ts";
export { type ReportFiles, writeReport } from "./report/write-report.ts";
export { LoadtestError, type LoadtestErrorCode } from "./errors.ts";
export type { ScorecardDocument } from "./scorecard/document.ts";
export type { StickyDocument } from "./sticky/report.ts";
export type { Observation } from "./observation/observation.ts";
