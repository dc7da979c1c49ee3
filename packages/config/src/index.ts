export type {
  AccessConfig,
  AccessLogConfig,
  AdminConfig,
  BackendConfig,
  ConcurrencyLimitConfig,
  HealthCheckConfig,
  ListenAddress,
  ListenerConfig,
  ListenerLimits,
  ListenerTimeouts,
  PoolConfig,
  PoolTimeouts,
  RateLimitConfig,
  RateLimitKey,
  ResolvedConfig,
  StatusRange,
  StickyConfig,
  TracesConfig,
} from "./resolved-config.ts";
export type {
  HeaderChanges,
  MirrorConfig,
  RedirectAction,
  RouteAction,
  RouteConfig,
  RouteHost,
  RoutePath,
  RouteRewrite,
  SplitAction,
  ValueCondition,
} from "./route-config.ts";
export { compilePattern, type Pattern } from "./pattern/pattern.ts";
export { type LocationPart, parseLocation } from "./schema/location.ts";
export {
  type LoadInput,
  loadConfig,
  type LoadResult,
  type Override,
  poolNamesOf,
} from "./load-config.ts";
export type { Settings } from "./settings.ts";
export { readSecretFile } from "./read-secret-file.ts";
export type { ReadSecret } from "./source/secret-files.ts";
export { readStrategy } from "./read-strategy.ts";
export { redactSecrets } from "./redact-secrets.ts";
export { printSettings } from "./print-settings.ts";
export { readConfigFile, type ReadFileResult } from "./read-config-file.ts";
export type { ConfigFile } from "./source/file-source.ts";
export type { ConfigPath } from "./config-path.ts";
export { type ConfigProblem, formatProblem } from "./problem.ts";
export { createJsonSchema } from "./json-schema.ts";
export type { SchemaNode } from "./schema-node.ts";
export { defaults } from "./defaults.ts";
export { type Parsed } from "./parsed.ts";
export { formatDuration, parseDuration } from "./units/duration.ts";
export { parseSize } from "./units/size.ts";
export { parsePercent } from "./units/percent.ts";
export { nearestName } from "./nearest-name.ts";
export { formatRateLimitKey } from "./schema/rate-limit-key.ts";
export { formatListenAddress, parseListenAddress } from "./schema/listen-address.ts";
export { type BackendAddress, formatBackendUrl, parseBackendUrl } from "./schema/backend-url.ts";
