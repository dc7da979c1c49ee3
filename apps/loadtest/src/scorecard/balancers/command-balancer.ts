import { LoadtestError } from "../../errors.ts";
import { type Balancer, isWeighted, type PoolSetup } from "./balancer.ts";

const form = "NAME=PROGRAM ARG ... with {port} and {backends} in it";

/**
 * Reads `NAME=PROGRAM ARG ...`: any balancer that can be told on its command line where to listen (`{port}`)
 * and what is behind it (`{backends}`, as `evenkeel proxy --backends` takes it: URL[;weight=N],...).
 * `{sticky}` becomes `true` or `false`, `{limit}` the requests at one backend at a time or `0`; without them
 * the balancer has neither. Arguments are separated by spaces, no shell is asked.
 *
 * @throws LoadtestError `BAD_OPTION`
 */
export function commandBalancer(text: string): Balancer {
  const match = /^([\w.-]+)=(\S.*)$/.exec(text);
  const [, name = "", command = ""] = match ?? [];
  if (!command.includes("{port}") || !command.includes("{backends}")) {
    throw new LoadtestError("BAD_OPTION", `--command ${JSON.stringify(text)} is not ${form}`);
  }
  const [file = "", ...words] = command.split(/\s+/);
  return {
    name,
    locate: () => ({ kind: "ready", version: "" }),
    lacks: ({ sticky }) =>
      sticky && !command.includes("{sticky}") ? "its command has no {sticky}" : undefined,
    prepare: (setup) => ({
      files: {},
      binary: { file, args: [], name },
      args: words.map((word) => fillIn(word, setup)),
    }),
  };
}

function fillIn(word: string, { port, servers, sticky, inFlightPerServer }: PoolSetup): string {
  const backends = servers.map((server) => {
    const weight = isWeighted(servers) ? `;weight=${server.weight}` : "";
    return `http://127.0.0.1:${server.port}${weight}`;
  });
  return word
    .replace("{port}", String(port))
    .replace("{backends}", backends.join(","))
    .replace("{sticky}", String(sticky))
    .replace("{limit}", String(inFlightPerServer ?? 0));
}
