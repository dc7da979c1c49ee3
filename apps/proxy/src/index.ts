export { createCheckCommand } from "./check-command.ts";
export { createConfigCommand } from "./config-command.ts";
export { createExplainCommand } from "./explain-command.ts";
export { createTracesCommand } from "./traces-command.ts";
export { createProxyCommand } from "./proxy-command.ts";
export { ListenError } from "./listen-error.ts";
export { type ProxyHooks, type ProxySource, type RunningProxy, startProxy } from "./start-proxy.ts";
export type { ReloadResult } from "./generation/generations.ts";
export { createBalancer } from "./library/create-balancer.ts";
export { EvenkeelConfigError } from "./library/config-error.ts";
export {
  type BackendHealth,
  type BalancerEvents,
  type EmbeddedBalancer,
} from "./library/embedded-balancer.ts";
export type { AdminCall } from "./admin/audit.ts";
export type { AccessRecord } from "./observe/access-record.ts";
export type { PoolHealthChange } from "./health/health-control.ts";
export type { Notice } from "./observe/notices.ts";
export type { ConfigProblem, Settings } from "@evenkeel/config";
