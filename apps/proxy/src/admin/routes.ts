import type { AdminRoute } from "./admin-route.ts";
import { apiMetrics } from "./routes/api-metrics.ts";
import { changeAlgorithm } from "./routes/algorithm.ts";
import { healthz, livez } from "./routes/alive.ts";
import { health } from "./routes/health.ts";
import { lbStatus } from "./routes/lb-status.ts";
import { metrics } from "./routes/metrics.ts";
import { describeCalls } from "./routes/openapi.ts";
import { cpuProfile, heapProfile } from "./routes/profiles.ts";
import { reload } from "./routes/reload.ts";
import { readyz } from "./routes/ready.ts";
import { changeServer, getServer, listServers } from "./routes/servers.ts";

const calls: readonly AdminRoute[] = [
  health,
  listServers,
  getServer,
  changeServer,
  changeAlgorithm,
  lbStatus,
  apiMetrics,
  reload,
  metrics,
  livez,
  healthz,
  readyz,
  cpuProfile,
  heapProfile,
];

/** Every call of the admin API. */
export const adminRoutes: readonly AdminRoute[] = [...calls, describeCalls(calls)];
