import { Command } from "commander";
import { type AdminTarget, askAdmin } from "./explain/ask-admin.ts";
import { readAskedRequest } from "./explain/asked-request.ts";
import { explainRequest } from "./explain/explain-request.ts";
import { startingSources } from "./explain/explain-sources.ts";
import type { Explanation } from "./explain/explanation.ts";
import { printExplanation } from "./explain/print-explanation.ts";
import { badConfiguration, reportProblems } from "./report-problems.ts";
import { loadSettings } from "./setting-sources.ts";

interface ExplainFlags {
  readonly config?: string;
  readonly admin?: string;
  readonly token?: string;
  readonly header: readonly string[];
  readonly clientIp?: string;
  readonly listener?: string;
  readonly json?: true;
}

const failed = 1;

const examples = `
Examples:
  $ evenkeel explain --admin http://127.0.0.1:9000 GET http://api.example.com/v1/users
  $ evenkeel explain --admin 127.0.0.1:9000 http://api.example.com/ -H 'X-User: 42' --json
  $ evenkeel explain --config evenkeel.yaml POST http://shop.example.com/cart --client-ip 192.0.2.7

Says what would become of a request, and why: the route and those that came near, rate limits, the
pool, its backends and why each is or is not picked, retries. With --admin a running balancer answers, as
it is at this moment; with --config nothing runs, and every backend is as at the start. Nothing is sent
to a backend, and nothing is charged, counted or taken: ask as often as you like.
The token of the admin listener is that of --token or of EVENKEEL_ADMIN__TOKEN.
Exit codes: 0 explained, 1 the balancer cannot be asked, 2 usage, 78 bad configuration.`;

/** `evenkeel explain`: what would become of a request, and why. */
export function createExplainCommand(): Command {
  return new Command("explain")
    .description("say what would become of a request, and why")
    .argument("<request...>", "[METHOD] URL, as in GET http://api.example.com/v1/users")
    .option("--admin <address>", "ask a running balancer: its admin listener, URL or unix:/path")
    .option("-c, --config <file>", "ask a configuration instead, with nothing running")
    .option(
      "-H, --header <line>",
      "a field of the request, as in 'Name: value'; repeatable",
      collect,
      [],
    )
    .option("--client-ip <address>", "who connects (default: 127.0.0.1, or unix at a unix socket)")
    .option("--listener <which>", "where: an address, or a number from 0 (default: the first)")
    .option("--token <token>", "of the admin listener")
    .option("--json", "print the explanation as JSON")
    .addHelpText("after", examples)
    .action(async (words: readonly string[], flags: ExplainFlags, command: Command) => {
      const body = askedOf(words, flags, command);
      const answer =
        flags.admin === undefined
          ? explainOffline(body, flags, command)
          : await explainLive(body, { address: flags.admin, token: tokenOf(flags) });
      if (answer === null) return;
      const text =
        flags.json === true ? `${JSON.stringify(answer, null, 2)}\n` : printExplanation(answer);
      process.stdout.write(text);
    });
}

function collect(line: string, lines: readonly string[]): readonly string[] {
  return [...lines, line];
}

function tokenOf({ token }: ExplainFlags): string | null {
  return token ?? process.env["EVENKEEL_ADMIN__TOKEN"] ?? null;
}

/** The words of the command line in those of the admin API. */
function askedOf(words: readonly string[], flags: ExplainFlags, command: Command): unknown {
  const [method, url] = words.length === 1 ? ["GET", words[0]] : words;
  if (words.length > 2) usage(command, `expected [METHOD] URL, got ${words.join(" ")}`);
  const headers = flags.header.map((line) => {
    const [, name, value] = /^([^:\s]+):[ \t]*(.*)$/s.exec(line) ?? [];
    if (name === undefined) usage(command, `--header: expected 'Name: value', got '${line}'`);
    return [name, value];
  });
  const asked = {
    method,
    url,
    headers,
    ...(flags.clientIp === undefined ? {} : { clientIp: flags.clientIp }),
    ...(flags.listener === undefined ? {} : { listener: flags.listener }),
  };
  const read = readAskedRequest(asked);
  if (!read.ok) usage(command, read.message);
  return asked;
}

function usage(command: Command, message: string): never {
  return command.error(`error: ${message}`, { exitCode: 2 });
}

/** null when it has been said what is wrong. */
async function explainLive(body: unknown, target: AdminTarget): Promise<Explanation | null> {
  const reply = await askAdmin(target, { method: "POST", path: "/api/v1/explain", body });
  if (reply.ok) return reply.value as Explanation;
  process.stderr.write(`error: ${reply.message}\n`);
  process.exitCode = failed;
  return null;
}

function explainOffline(
  body: unknown,
  { config }: ExplainFlags,
  command: Command,
): Explanation | null {
  const path = config ?? process.env["EVENKEEL_CONFIG"];
  if (path === undefined) usage(command, "give --admin ADDRESS or --config FILE");
  const result = loadSettings({ config: path }, command);
  reportProblems(result);
  if (!result.ok) {
    process.exitCode = badConfiguration;
    return null;
  }
  const read = readAskedRequest(body);
  if (!read.ok) usage(command, read.message);
  const answer = explainRequest(read.asked, startingSources(result.config));
  if (!answer.ok) usage(command, answer.message);
  return answer.explanation;
}
