import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { answerJson } from "./answer-json.ts";
import type { BackendState } from "./backend-state.ts";
import { answerRefusal, changeFaults } from "./routes/faults.ts";

/** A listener for control calls that no fault reaches. */
export interface RunningControl {
  readonly port: number;
  close(): Promise<void>;
}

/** Where to listen, and what to control. */
export interface ControlOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly backends: readonly BackendState[];
}

const paths = "/__backends, /__faults, /__stats, /fail and /recover";

/**
 * Answers `/__faults`, `/__stats`, `/fail` and `/recover` on a port of its own, so that a backend can be
 * asked, and healed, whose own port is shut or held. `?backend=NAME` picks one of several; without it a
 * change concerns all of them, and what is listed is listed for each. Rejects with the system's error
 * when it cannot listen.
 */
export async function startControl({
  host,
  port,
  backends,
}: ControlOptions): Promise<RunningControl> {
  const server = createServer((request, response) => void handle(backends, request, response));
  server.listen({ host, port });
  await once(server, "listening");
  for (const backend of backends) backend.hasControl = true;
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function handle(
  all: readonly BackendState[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://control");
  const wanted = searchParams.get("backend");
  const backends = wanted === null ? all : all.filter(({ name }) => name === wanted);
  if (backends.length === 0) {
    const names = all.map(({ name }) => name).join(", ");
    answerJson(response, 404, { error: `there is no backend "${wanted}". Valid: ${names}` });
    return;
  }
  try {
    await answerControl(backends, pathname, request, response);
  } catch (error) {
    answerJson(response, 400, { error: String(error) });
  }
}

async function answerControl(
  backends: readonly BackendState[],
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (path === "/__faults" || path.startsWith("/__faults/")) {
    const call = {
      method: request.method ?? "",
      id: path.slice("/__faults/".length),
      body: await text(request),
    };
    const refusal = changeFaults(backends, call, true);
    if (refusal !== undefined) answerRefusal(response, refusal);
    else answerEach(response, backends, "faults", ({ faults }) => faults.list());
  } else if (path === "/__stats") {
    answerEach(response, backends, "stats", (backend) => backend.stats());
  } else if (path === "/__backends") {
    answerJson(response, 200, backends.map(describe));
  } else if (path === "/fail" || path === "/recover") {
    for (const backend of backends) backend.mode = path === "/fail" ? "unhealthy" : "healthy";
    answerJson(response, 200, backends.map(describe));
  } else {
    answerJson(response, 404, { error: `the control listener has ${paths}` });
  }
}

function describe({ name, mode, port }: BackendState) {
  return { name, port: port.number, mode, refusing: port.isRefusing };
}

/** One backend answers as it does on its own port; several each under its name. */
function answerEach(
  response: ServerResponse,
  backends: readonly BackendState[],
  key: string,
  tell: (backend: BackendState) => object,
): void {
  const [first] = backends;
  if (backends.length === 1 && first !== undefined) answerJson(response, 200, tell(first));
  else {
    const list = backends.map((backend) => ({ backend: backend.name, [key]: tell(backend) }));
    answerJson(response, 200, list);
  }
}
