/* What people type, and what programs that call it rely on: exit codes, streams, and messages that help. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { askJson } from "../stage/ask.ts";
import { originsOf } from "../stage/backend-group.ts";
import { eventually } from "../stage/eventually.ts";
import type { Stage } from "../stage/stage.ts";

const commands: readonly (readonly string[])[] = [
  [],
  ["proxy"],
  ["check"],
  ["config"],
  ["config", "print"],
  ["config", "schema"],
  ["explain"],
  ["traces"],
  ["backend"],
  ["loadtest"],
  ...[
    "run",
    "sweep",
    "compare",
    "distribution",
    "failover",
    "chaos",
    "sticky",
    "report",
    "schema",
    "scorecard",
  ].map((name) => ["loadtest", name]),
  ["simulate"],
];

/** What was typed, and what the message has to contain. */
const mistakes: readonly (readonly [args: readonly string[], message: string])[] = [
  [["proxi"], "Did you mean proxy?"],
  [["loadtest", "distribtion"], "Did you mean distribution?"],
  [["proxy", "--prt", "1"], "Did you mean --port?"],
  [["backend", "--nam", "A"], "Did you mean --name?"],
  [["proxy"], "give --config FILE or --backends URL,URL"],
  [["proxy", "--config"], "argument missing"],
  [["loadtest", "failover", "--fault", "kil"], "kill"],
];

export const commandCases: readonly AcceptanceCase[] = [
  caseOf("commands", "help", {
    sentence: "every command has --help with examples, on standard output, and exits 0",
    check: checkHelp,
  }),
  caseOf("commands", "usage", {
    sentence: "what does not exist is wrong usage: exit 2, and the nearest name that does",
    check: checkUsage,
  }),
  caseOf("commands", "version", {
    sentence: "--version prints the version and nothing else",
    check: checkVersion,
  }),
  caseOf("commands", "cannot-bind", {
    sentence: "an address that is taken ends proxy with 69 and backend with a plain message",
    check: checkCannotBind,
  }),
  caseOf("commands", "threshold", {
    sentence: "a load test whose threshold is not met exits 99 and says which share was wrong",
    check: checkThreshold,
  }),
  caseOf("commands", "interrupt", {
    sentence:
      "Ctrl-C ends a load test with 130, and what happened until then is printed, marked partial",
    check: checkInterrupt,
  }),
  caseOf("commands", "flags-alone", {
    sentence: "backends and a balancer run from flags alone, as the README types them",
    check: checkFlagsAlone,
  }),
  caseOf("commands", "no-color", {
    sentence: "NO_COLOR and a pipe get plain text without control characters",
    check: checkPlainText,
  }),
  caseOf("commands", "simulate", {
    sentence:
      "simulate runs the same strategies under virtual time, and the same seed gives the same numbers",
    check: checkSimulate,
  }),
];

async function checkHelp(stage: Stage): Promise<readonly Figure[]> {
  const left = commands.values();
  const lane = async (): Promise<void> => {
    for (const command of left) await requireHelp(stage, command);
  };
  await Promise.all(Array.from({ length: helpLanes }, lane));
  return [{ name: "commands", value: `${commands.length}` }];
}

const helpLanes = 4;

async function requireHelp(stage: Stage, command: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await stage.run([...command, "--help"]);
  const name = ["evenkeel", ...command].join(" ");
  mustEqual([code, stderr], [0, ""], `the end of ${name} --help`);
  mustMatch(stdout, new RegExp(`^Usage: ${name} `), `the help of ${name}`);
  mustMatch(stdout, /^Examples:$/m, `the help of ${name}`);
}

async function checkUsage(stage: Stage): Promise<readonly Figure[]> {
  for (const [args, message] of mistakes) {
    const { code, stdout, stderr } = await stage.run(args);
    const name = ["evenkeel", ...args].join(" ");
    mustEqual([code, stdout], [2, ""], `exit code and standard output of ${name}`);
    must(stderr.includes(message), `${name} does not say ${JSON.stringify(message)}: ${stderr}`);
  }
  return [{ name: "mistakes", value: `${mistakes.length}`, bound: "exit 2" }];
}

async function checkVersion(stage: Stage): Promise<readonly Figure[]> {
  const { code, stdout, stderr } = await stage.run(["--version"]);
  mustEqual([code, stderr], [0, ""], "the end");
  mustMatch(stdout, /^\d+\.\d+\.\d+\n$/, "the version");
  return [{ name: "version", value: stdout.trim() }];
}

async function checkCannotBind(stage: Stage): Promise<readonly Figure[]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  stage.atEnd(() => server.close());
  const port = String((server.address() as AddressInfo).port);
  const proxy = await stage.run(["proxy", "--backends", "http://127.0.0.1:1", "--port", port]);
  mustEqual(proxy.code, 69, "the exit code of proxy");
  must(proxy.stderr.includes(port), `the message does not name the port: ${proxy.stderr}`);
  const backend = await stage.run(["backend", "--port", port]);
  must(backend.code !== 0, "backend exits 0 although its port is taken");
  must(backend.stderr.includes(port), `the message does not name the port: ${backend.stderr}`);
  for (const { stderr } of [proxy, backend]) must(!/^\s+at /m.test(stderr), `a stack: ${stderr}`);
  return [{ name: "exit codes", value: `proxy ${proxy.code}, backend ${backend.code}` }];
}

async function checkThreshold(stage: Stage): Promise<readonly Figure[]> {
  const { origin } = await stage.proxyFor(originsOf(await stage.backends(2)));
  const command = ["loadtest", "distribution", origin, "--requests", "200"];
  const { code, stdout } = await stage.run([...command, "--weights", "Server-1=3,Server-2=1"]);
  mustEqual(code, 99, "the exit code");
  mustMatch(stdout, /FAIL/, "the verdict");
  mustMatch(stdout, /Server-1/, "the verdict");
  return [{ name: "exit code", value: "99" }];
}

async function checkInterrupt(stage: Stage): Promise<readonly Figure[]> {
  const [backend] = await stage.backends(1);
  const url = `${backend?.origin ?? ""}/delay/50`;
  const flags = ["--duration", "5m", "--connections", "5", "--json"];
  const program = stage.start(["loadtest", "distribution", url, ...flags]);
  await eventually("the backend is asked", async () => {
    const { json } = await askJson(`${backend?.origin ?? ""}/__stats`);
    const byTarget = json["byTarget"] as Readonly<Record<string, number>>;
    return (byTarget["/delay/50"] ?? 0) > 20;
  });
  program.kill("SIGINT");
  const { code, stdout } = await program.ended;
  mustEqual(code, 130, "the exit code");
  const document = JSON.parse(stdout) as {
    readonly partial: boolean;
    readonly totals: { readonly responses: number };
  };
  mustEqual(document.partial, true, "partial");
  return [{ name: "responses until then", value: `${document.totals.responses}` }];
}

async function checkFlagsAlone(stage: Stage): Promise<readonly Figure[]> {
  const backends = await stage.backends(2);
  const urls = backends.map(({ origin }) => origin).join(",");
  const checks = ["--health-check-interval", "1s", "--health-check-path", "/health"];
  const flags = ["--port", "0", "--workers", "2", "--strategy", "least-connections", ...checks];
  const program = stage.start(["proxy", "--backends", urls, ...flags]);
  const { origin } = await stage.whenReady(program);
  const answer = await fetch(origin);
  mustEqual(answer.status, 200, "the status");
  mustMatch(program.stderr, /least-connections, 2 backends/, "the line that says it listens");
  return [{ name: "X-Backend", value: answer.headers.get("x-backend") ?? "" }];
}

async function checkPlainText(stage: Stage): Promise<readonly Figure[]> {
  const [backend] = await stage.backends(1);
  const command = ["loadtest", "distribution", backend?.origin ?? "", "--requests", "100"];
  const texts = [
    await stage.run(command),
    await stage.run(command, { NO_COLOR: "1" }),
    await stage.run(["loadtest", "--help"], { NO_COLOR: "1" }),
  ];
  for (const { stdout, stderr } of texts) {
    must(!(stdout + stderr).includes("\u001B"), `escape sequences in ${JSON.stringify(stdout)}`);
  }
  return [{ name: "outputs", value: `${texts.length}` }];
}

async function checkSimulate(stage: Stage): Promise<readonly Figure[]> {
  const file = await stage.writeFile(
    "evenkeel.yaml",
    "pools: { web: { strategy: power-of-two, backends: [http://a, http://b, http://c] } }\n",
  );
  const size = ["--requests", "20000", "--seeds", "1", "--json"];
  const load = ["--load", "500/s", "--service-time", "exp(20ms)", ...size];
  const once = async (): Promise<string> => {
    const { code, stdout, stderr } = await stage.run(["simulate", "--config", file, ...load]);
    mustEqual([code, stderr], [0, ""], "the end");
    return stdout;
  };
  const first = await once();
  mustEqual(await once(), first, "the second run");
  JSON.parse(first);
  return [{ name: "document", value: `${first.length} characters, twice` }];
}
