import { LoadtestError } from "../errors.ts";
import { type Balancer, type PoolSetup } from "./balancers/balancer.ts";
import type { PublishedConfiguration } from "./page.ts";
import type { TargetToScore } from "./run-scorecard.ts";
import type { Fleet } from "./scene/fleet.ts";
import { RemoteBackend } from "./scene/remote-backend.ts";
import { RemoteScene } from "./scene/remote-scene.ts";
import { SpawnedScene } from "./scene/spawned-scene.ts";
import { weights } from "./scene/scene.ts";

/**
 * A balancer that is started here, as a column.
 *
 * @throws LoadtestError `CHILD_FAILED` when it is not installed, with its Debian package.
 */
export function spawnedTarget(balancer: Balancer, fleet: () => Promise<Fleet>): TargetToScore {
  const available = balancer.locate();
  if (available.kind === "missing") throw new LoadtestError("CHILD_FAILED", available.reason);
  const { version } = available;
  return {
    name: balancer.name,
    version,
    openScene: async (signal) =>
      new SpawnedScene({ balancer, version, fleet: await fleet(), signal }),
  };
}

/** A balancer that somebody else runs, as a column; `backends` are control URLs of what is behind it. */
export function remoteTarget(url: string, backends: readonly string[]): TargetToScore {
  const parsed = new URL(url);
  return {
    name: parsed.host,
    version: "",
    openScene: async (signal) => {
      const attached = await Promise.all(backends.map((each) => RemoteBackend.attach(each)));
      return new RemoteScene(parsed, attached, signal);
    },
  };
}

const example: PoolSetup = {
  port: 8080,
  folder: "/run/scorecard",
  servers: [1, 2, 3].map((n) => ({ name: `Server-${n}`, port: 8080 + n, weight: 1 })),
  sticky: false,
  inFlightPerServer: undefined,
};

/** The file of a balancer as it is used here, with what the sticky, weighted and limited setups change. */
export function publishedConfiguration(balancer: Balancer): PublishedConfiguration {
  const available = balancer.locate();
  const version = available.kind === "ready" ? available.version : "0";
  const plain = firstFile(balancer, example);
  const variants: readonly (readonly [string, Partial<PoolSetup>])[] = [
    [
      `weights ${weights.join(":")}`,
      {
        servers: example.servers.map((server, i) => ({ ...server, weight: weights[i] ?? 1 })),
      },
    ],
    ["sticky sessions", { sticky: true }],
    ["at most 4 requests at a server", { inFlightPerServer: 4 }],
  ];
  const differences = variants.map(([name, change]) => {
    const setup = { ...example, ...change };
    const lack = balancer.lacks(setup, version);
    if (lack !== undefined) return `# With ${name}: ${lack}`;
    const known = new Set(plain.text.split("\n"));
    const changed = firstFile(balancer, setup)
      .text.split("\n")
      .filter((line) => !known.has(line));
    return [`# With ${name}:`, ...changed.map((line) => `#${line}`)].join("\n");
  });
  return {
    target: balancer.name,
    file: plain.file,
    text: `${plain.text.trimEnd()}\n\n${differences.join("\n\n")}\n`,
  };
}

function firstFile(balancer: Balancer, setup: PoolSetup): { file: string; text: string } {
  const { files, binary, args } = balancer.prepare(setup);
  const [[file, text] = ["command line", [binary.file, ...args].join(" ")]] = Object.entries(files);
  return { file, text };
}
