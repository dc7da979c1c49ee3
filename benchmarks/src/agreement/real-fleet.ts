import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, waitForPort } from "../proc/ports.ts";
import type { StartedProcess } from "../proc/processes.ts";
import type { Workbench } from "../workbench.ts";
import type { AgreementScenario } from "./agreement-scenarios.ts";

const evenkeel = fileURLToPath(new URL("../../../node_modules/.bin/evenkeel", import.meta.url));
const startTimeoutMs = 20_000;

/** Real backends with the scenario's capacity and a real balancer in front of them. */
export interface RealFleet {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRealFleet(
  workbench: Workbench,
  scenario: AgreementScenario,
  strategy: string,
): Promise<RealFleet> {
  const [proxyPort = 0, ...ports] = await freePorts(scenario.slots.length + 1);
  const backends = ports.map((port, index) => {
    const slots = String(scenario.slots[index]);
    const capacity = ["--slots", slots, "--queue", "100000"];
    return start(workbench, `backend-${index}`, ["backend", "--port", String(port), ...capacity]);
  });
  await Promise.all(ports.map((port, index) => listening(port, backends[index])));
  const config = join(workbench.directory, `${scenario.name}-${strategy}.json`);
  await writeFile(config, JSON.stringify(proxyConfig(proxyPort, ports, strategy)));
  const proxy = start(workbench, "proxy", ["proxy", "--config", config]);
  await listening(proxyPort, proxy);
  return {
    url: `http://127.0.0.1:${proxyPort}`,
    stop: async () => {
      for (const started of [proxy, ...backends]) await workbench.processes.stop(started);
    },
  };
}

/** As the simulation has it: no retries, no checks, no time-out that a long queue could meet. */
function proxyConfig(port: number, ports: readonly number[], strategy: string): object {
  return {
    workers: 1,
    accessLog: "off",
    listeners: [{ address: `127.0.0.1:${port}` }],
    pools: {
      web: {
        strategy,
        backends: ports.map((backendPort) => `http://127.0.0.1:${backendPort}`),
        healthCheck: false,
        retry: { maxRetries: 0 },
        timeouts: { response: "5m" },
        connections: { poolSize: 64 },
      },
    },
  };
}

function start(workbench: Workbench, name: string, args: readonly string[]): StartedProcess {
  const isProxy = name === "proxy";
  const cores = isProxy ? workbench.cores.proxy : workbench.allowedCores;
  const errorFile = join(workbench.directory, `${name}.log`);
  return workbench.processes.start({ program: evenkeel, args }, { cores, errorFile });
}

async function listening(port: number, started: StartedProcess | undefined): Promise<void> {
  const isUp = await waitForPort(port, startTimeoutMs, () => started?.isRunning === false);
  if (!isUp) throw new Error(`nothing listens on ${port}: ${started?.errorTail() ?? ""}`);
}
