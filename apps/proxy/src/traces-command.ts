import { Command } from "commander";
import { type AdminTarget, askAdmin } from "./explain/ask-admin.ts";
import { type TracesAnswer, printTraces } from "./trace/print-traces.ts";

interface TracesFlags {
  readonly admin?: string;
  readonly token?: string;
  readonly sample?: string;
  readonly for?: string;
  readonly pool?: string;
  readonly backend?: string;
  readonly requestId?: string;
  readonly status?: string;
  readonly path?: string;
  readonly retried?: true;
  readonly limit?: string;
  readonly json?: true;
}

const failed = 1;

const examples = `
Examples:
  $ evenkeel traces --admin 127.0.0.1:9000 --sample 100% --for 1m
  $ evenkeel traces --admin 127.0.0.1:9000 --status 5xx --limit 10
  $ evenkeel traces --admin unix:/run/evenkeel-admin.sock --request-id tp7dyroi3fu-00h --json

Shows requests that a running balancer has sampled, the newest last: route, how every backend stood when
one was chosen (> is the one), what each attempt came to, and why there was another one or none. What is
sampled is the configuration's traces.sample, or what --sample asks for, for as long as --for says.
The token of the admin listener is that of --token or of EVENKEEL_ADMIN__TOKEN.
Exit codes: 0 ok, 1 the balancer cannot be asked or refuses the question, 2 usage.`;

/** `evenkeel traces`: what was decided about requests that really came. */
export function createTracesCommand(): Command {
  return new Command("traces")
    .description("show sampled requests, with every decision about them")
    .option("--admin <address>", "the balancer's admin listener: URL, host:port or unix:/path")
    .option("--sample <share>", "sample this share of the requests from now on, as 100%, or off")
    .option("--for <duration>", "for so long, at most 1h (default: 30s)")
    .option("--pool <name>", "only those of this pool")
    .option("--backend <id>", "only those with an attempt at this backend")
    .option("--path <prefix>", "only those whose path begins like this")
    .option("--status <status>", "only those answered with it, as 503 or 5xx")
    .option("--request-id <id>", "only this one")
    .option("--retried", "only those with more than one attempt")
    .option("--limit <count>", "at most so many (default: 50)")
    .option("--token <token>", "of the admin listener")
    .option("--json", "print what the admin API answers")
    .addHelpText("after", examples)
    .action(async (flags: TracesFlags, command: Command) => {
      const { admin, for: duration, sample } = flags;
      if (admin === undefined) command.error("error: give --admin ADDRESS", { exitCode: 2 });
      if (duration !== undefined && sample === undefined) {
        command.error("error: --for needs --sample", { exitCode: 2 });
      }
      const token = flags.token ?? process.env["EVENKEEL_ADMIN__TOKEN"] ?? null;
      const target = { address: admin, token };
      if (sample !== undefined) await startSampling(target, sample, duration ?? "30s");
      else await show(target, flags);
    });
}

async function startSampling(target: AdminTarget, sample: string, duration: string): Promise<void> {
  const body = { sample, for: duration };
  const reply = await askAdmin(target, { method: "POST", path: "/api/v1/traces", body });
  if (!reply.ok) {
    fail(reply.message);
    return;
  }
  const { sample: share, until } = reply.value as Pick<TracesAnswer, "sample" | "until">;
  process.stdout.write(`sampling ${share} until ${until}\n`);
}

async function show(target: AdminTarget, flags: TracesFlags): Promise<void> {
  const path = `/api/v1/traces?${queryOf(flags)}`;
  const reply = await askAdmin(target, { method: "GET", path });
  if (!reply.ok) {
    fail(reply.message);
    return;
  }
  const text =
    flags.json === true
      ? `${JSON.stringify(reply.value, null, 2)}\n`
      : printTraces(reply.value as TracesAnswer);
  process.stdout.write(text);
}

function queryOf({ pool, backend, path, status, requestId, retried, limit }: TracesFlags): string {
  const asked = { pool, backend, path, status, requestId, retried: retried && "true", limit };
  const given = Object.entries(asked).filter((pair): pair is [string, string] => {
    return pair[1] !== undefined;
  });
  return new URLSearchParams(given).toString();
}

function fail(message: string): void {
  process.stderr.write(`error: ${message}\n`);
  process.exitCode = failed;
}
