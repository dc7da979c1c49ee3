import type { ServerResponse } from "node:http";
import { answerJson } from "../answer-json.ts";
import type { BackendState } from "../backend-state.ts";
import type { Exchange } from "../exchange.ts";
import { FaultError } from "../faults/fault-spec.ts";
import { readFaults } from "../faults/read-faults.ts";
import type { CompleteBody, Route } from "./route.ts";

/** `/__faults`: GET lists, PUT replaces, POST adds, DELETE ends all. */
export const faults: Route = {
  path: "/__faults",
  kind: "control",
  digestsBody: true,
  answer: (exchange, body) => answerFaults(exchange, body),
};

/** `/__faults/ID`: DELETE ends one. */
export const fault: Route = { ...faults, path: "/__faults/" };

/** A call as it came, on whichever listener. */
export interface FaultsCall {
  readonly method: string;
  /** What follows `/__faults/`. */
  readonly id: string;
  readonly body: string;
}

/** Why a call was refused, as the status and body of its answer. */
export interface FaultsRefusal {
  readonly status: number;
  readonly error: string;
}

function answerFaults({ backend, request, response, argument }: Exchange, body: CompleteBody) {
  const text = body.digest?.text;
  if (text === undefined) {
    answerJson(response, 413, { error: "/__faults takes 16 KiB at most" });
    return;
  }
  const call = {
    method: request.method ?? "",
    id: argument,
    body: Buffer.from(text, "latin1").toString(),
  };
  const refusal = changeFaults([backend], call, backend.hasControl);
  if (refusal === undefined) answerJson(response, 200, backend.faults.list());
  else answerRefusal(response, refusal);
}

/** Tells why nothing was changed. */
export function answerRefusal(response: ServerResponse, { status, error }: FaultsRefusal): void {
  if (status === 405) response.setHeader("Allow", "GET, PUT, POST, DELETE");
  answerJson(response, status, { error });
}

/**
 * Does to each of the backends what the call asks; one that is refused has changed nothing. Unless it
 * may lock out, it is refused when there would be no way back.
 */
export function changeFaults(
  backends: readonly BackendState[],
  call: FaultsCall,
  mayLockOut: boolean,
): FaultsRefusal | undefined {
  try {
    return call.id === "" ? changeAll(backends, call, mayLockOut) : endOne(backends, call);
  } catch (error) {
    if (error instanceof FaultError) return { status: 400, error: error.message };
    throw error;
  }
}

function changeAll(
  backends: readonly BackendState[],
  { method, body }: FaultsCall,
  mayLockOut: boolean,
): FaultsRefusal | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  if (method === "DELETE") {
    for (const { faults } of backends) faults.end();
    return undefined;
  }
  if (method !== "PUT" && method !== "POST") {
    const error = "/__faults takes GET, PUT (replaces), POST (adds) and DELETE (ends all)";
    return { status: 405, error };
  }
  const read = readFaults(parseJson(body));
  const locking = mayLockOut ? undefined : read.find(({ locksOutForGood }) => locksOutForGood);
  if (locking !== undefined) {
    const error = `${locking.name} would shut you out for good: give it a time, such as "for":"10s", or start the backend with --control-port`;
    return { status: 409, error };
  }
  for (const { faults } of backends) {
    if (method === "PUT") faults.replace(read);
    else faults.add(read);
  }
  return undefined;
}

function endOne(
  backends: readonly BackendState[],
  { method, id }: FaultsCall,
): FaultsRefusal | undefined {
  if (method !== "DELETE") return { status: 405, error: "/__faults/ID takes DELETE only" };
  const ended = backends.filter(({ faults }) => faults.remove(Number(id)));
  return ended.length > 0 ? undefined : { status: 404, error: `there is no fault ${id}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FaultError(
      'the body is not JSON; send a list such as [{"fault":"status","code":503,"for":"20s"}]',
    );
  }
}
