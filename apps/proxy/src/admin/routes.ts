import type { AdminRoute } from "./admin-route.ts";
import { apiMetrics } from "./routes/api-metrics.ts";
import { changeAlgorithm } from "./routes/algorithm.ts";
import { healthz, livez } from "./routes/alive.ts";
import { explain } from "./routes/explain.ts";
import { health } from "./routes/health.ts";
import { lbStatus } from "./routes/lb-status.ts";
import { metrics } from "./routes/metrics.ts";
import { describeCalls } from "./routes/openapi.ts";
import { cpuProfile, heapProfile } from "./routes/profiles.ts";
import { getConfig, putConfig } from "./routes/config.ts";
import { reload } from "./routes/reload.ts";
import { readyz } from "./routes/ready.ts";
import { addServer, removeServer } from "./routes/server-membership.ts";
import { changeServer, getServer, listServers } from "./routes/servers.ts";
import { traceNow, traces } from "./routes/traces.ts";

const calls: readonly AdminRoute[] = [
  health,
  listServers,
  getServer,
  changeServer,
  addServer,
  removeServer,
  changeAlgorithm,
  lbStatus,
  apiMetrics,
  reload,
  getConfig,
  putConfig,
  explain,
  traces,
  traceNow,
  metrics,
  livez,
  healthz,
  readyz,
  cpuProfile,
  heapProfile,
];

/** Every call of the admin API. */
export const adminRoutes: readonly AdminRoute[] = [...calls, describeCalls(calls)];
