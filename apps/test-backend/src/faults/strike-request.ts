import { answerJson } from "../answer-json.ts";
import type { Exchange } from "../exchange.ts";
import type { FaultVerdict } from "./fault.ts";
import { FaultError } from "./fault-spec.ts";
import { parseFaultHeader } from "./fault-text.ts";
import { type ReadFault, readRequestFault } from "./read-fault.ts";

/**
 * Lets the faults strike that are in force and those that the request itself asks for, by `X-Fault` or
 * `?fault=`; one that cannot be understood is answered with 400.
 */
export function strikeRequest(exchange: Exchange): FaultVerdict | Promise<FaultVerdict> {
  const texts = exchange.route.kind === "traffic" ? requestedFaults(exchange) : [];
  // Most backends have no fault most of the time, and then this is all that it costs.
  if (exchange.backend.faults.isEmpty && texts.length === 0) return "continue";
  const own = readOrExplain(exchange, texts);
  return own === undefined ? "taken" : strikeAll(exchange, own);
}

async function strikeAll(exchange: Exchange, own: readonly ReadFault[]): Promise<FaultVerdict> {
  const { faults, tally } = exchange.backend;
  for (const strike of faults.strikes(exchange, own)) {
    exchange.faults.push(strike.name);
    tally.recordFault(strike.name);
    if ((await strike.apply(exchange)) === "taken") return "taken";
  }
  return "continue";
}

function requestedFaults(exchange: Exchange): readonly string[] {
  const { request, rawQuery } = exchange;
  // headersDistinct sorts all fields anew, so it is asked only when there is something to find.
  const hasField = request.headers["x-fault"] !== undefined;
  const fromFields = hasField ? (request.headersDistinct["x-fault"] ?? []) : [];
  if (!rawQuery.includes("fault=")) return fromFields;
  return [...fromFields, ...exchange.query().getAll("fault")];
}

function readOrExplain(exchange: Exchange, texts: readonly string[]): ReadFault[] | undefined {
  try {
    return texts.flatMap(parseFaultHeader).map(readRequestFault);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    answerJson(exchange.response, 400, { error: error.message });
    return undefined;
  }
}
