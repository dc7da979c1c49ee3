import type { AcceptanceCase } from "./case.ts";
import { adminCases } from "./cases/admin.ts";
import { adminAccessCases } from "./cases/admin-access.ts";
import { adminFigureCases } from "./cases/admin-figures.ts";
import { answerCases } from "./cases/answers.ts";
import { backendCases } from "./cases/backend.ts";
import { chaosCases } from "./cases/chaos.ts";
import { commandCases } from "./cases/commands.ts";
import { connectionCases } from "./cases/connections.ts";
import { configurationCases } from "./cases/configuration.ts";
import { decisionCases } from "./cases/decisions.ts";
import { distributionCases } from "./cases/distribution.ts";
import { failoverCases } from "./cases/failover.ts";
import { keyCases } from "./cases/keys.ts";
import { lifecycleCases } from "./cases/lifecycle.ts";
import { limitCases } from "./cases/limits.ts";
import { messageCases } from "./cases/messages.ts";
import { recordCases } from "./cases/records.ts";
import { reloadCases } from "./cases/reload.ts";
import { retryCases } from "./cases/retries.ts";
import { routingCases } from "./cases/routing.ts";
import { stickyCases } from "./cases/sticky.ts";

/** Every case, in the order in which they run and are shown. A new one is one entry in one of these lists. */
export const acceptanceCases: readonly AcceptanceCase[] = [
  ...commandCases,
  ...configurationCases,
  ...decisionCases,
  ...answerCases,
  ...messageCases,
  ...retryCases,
  ...connectionCases,
  ...routingCases,
  ...limitCases,
  ...adminCases,
  ...adminAccessCases,
  ...adminFigureCases,
  ...backendCases,
  ...recordCases,
  ...lifecycleCases,
  ...reloadCases,
  ...keyCases,
  ...distributionCases,
  ...stickyCases,
  ...failoverCases,
  ...chaosCases,
];
