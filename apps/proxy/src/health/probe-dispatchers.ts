import type { BackendConfig, PoolConfig } from "@evenkeel/config";
import { Agent, buildConnector } from "undici";
import { ownProxyHeaderText } from "../upstream/proxy-header-text.ts";
import type { ProbeRoute } from "./probe.ts";

const options = { allowH2: false, pipelining: 0, maxResponseSize: 1 << 20 } as const;

/** What sends the HTTP checks: one agent for all that is dialled by host and port, one for each unix socket. */
export class ProbeDispatchers {
  readonly #agents = new Map<string, Agent>();

  routeTo(
    { socketPath }: Pick<BackendConfig, "socketPath">,
    { proxyProtocol }: Pick<PoolConfig, "proxyProtocol">,
  ): ProbeRoute {
    const preface = proxyProtocol === null ? "" : ownProxyHeaderText(proxyProtocol);
    return { preface, dispatcher: this.#agentOf(socketPath, preface) };
  }

  #agentOf(socketPath: string | null, preface: string): Agent {
    const key = `${preface}${socketPath ?? ""}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const agent = new Agent({ ...options, connect: connectorOf(socketPath, preface) });
    this.#agents.set(key, agent);
    return agent;
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }
}

function connectorOf(socketPath: string | null, preface: string): buildConnector.connector {
  const dial = buildConnector(socketPath === null ? {} : { socketPath });
  if (preface === "") return dial;
  return (target, callback) => {
    dial(target, (...[error, socket]) => {
      if (error !== null) callback(error, null);
      else {
        socket.write(preface, "latin1");
        callback(null, socket);
      }
    });
  };
}
