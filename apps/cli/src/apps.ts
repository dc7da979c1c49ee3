import type { Command } from "commander";

const commands: Readonly<Record<string, (subcommand?: string) => Promise<Command>>> = {
  proxy: async () => (await import("@evenkeel/proxy")).createProxyCommand(),
  check: async () => (await import("@evenkeel/proxy")).createCheckCommand(),
  config: async () => (await import("@evenkeel/proxy")).createConfigCommand(),
  explain: async () => (await import("@evenkeel/proxy")).createExplainCommand(),
  traces: async () => (await import("@evenkeel/proxy")).createTracesCommand(),
  backend: async () => (await import("@evenkeel/test-backend")).createBackendCommand(),
  loadtest: async (check) => (await import("@evenkeel/loadtest")).createLoadtestCommand(check),
  simulate: async () => (await import("@evenkeel/simulator")).createSimulateCommand(),
};

/**
 * Only the app that is asked for: a balancer that runs for weeks need not hold a load generator
 * (11 MB resident). For anything but a command's name, all of them, so that help can list them.
 */
export async function commandsFor([name, subcommand]: readonly string[]): Promise<
  readonly Command[]
> {
  const isCommand = name !== undefined && Object.hasOwn(commands, name);
  const chosen = isCommand ? commands[name] : undefined;
  if (chosen !== undefined) return [await chosen(subcommand)];
  return await Promise.all(Object.values(commands).map((load) => load()));
}
