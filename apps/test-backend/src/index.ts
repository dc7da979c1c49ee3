export { createBackendCommand } from "./backend-command.ts";
export { startBackend, type BackendOptions, type RunningBackend } from "./backend.ts";
export type { BackendStats } from "./backend-state.ts";
export type { Fault, FaultKind, FaultVerdict } from "./faults/fault.ts";
export { createLatency } from "./faults/latency.ts";
export type { EchoAnswer } from "./routes/echo.ts";
