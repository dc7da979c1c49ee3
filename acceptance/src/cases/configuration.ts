/* A configuration is read before anything starts, and what is wrong with it is said where it stands. */
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual } from "../check.ts";
import type { Stage } from "../stage/stage.ts";

const token = "0123456789abcdef0123456789abcdef";

const broken = `workers: many
pools:
  web:
    strateggy: round-robin
    backends: [ftp://127.0.0.1:8081]
`;

/** Strategies that would ignore a weight. */
const weightless = ["round-robin", "random", "first"] as const;

export const configurationCases: readonly AcceptanceCase[] = [
  caseOf("commands", "bad-configuration", {
    sentence:
      "every mistake of a file at once, with file, line, column and the nearest name; exit 78, nothing started",
    check: checkBroken,
  }),
  caseOf("commands", "ignored-weight", {
    sentence: "a weight that the strategy would ignore is an error of the configuration",
    check: checkWeights,
  }),
  caseOf("commands", "precedence", {
    sentence:
      "flags win over EVENKEEL_ variables, those over the file, the file over the defaults; print says which",
    check: checkPrecedence,
  }),
  caseOf("commands", "secrets", {
    sentence:
      "no secret is printed by config print, whether it came from the file, a variable or a file of its own",
    check: checkSecrets,
  }),
  caseOf("commands", "open-admin", {
    sentence: "an admin listener beyond loopback without a token is refused before anything starts",
    check: checkOpenAdmin,
  }),
];

async function checkBroken(stage: Stage): Promise<readonly Figure[]> {
  const file = await stage.writeFile("evenkeel.yaml", broken);
  const expected = [
    `${file}:1:10 workers: `,
    `${file}:4:5 pools.web.strateggy: unknown key "strateggy"; did you mean "strategy"?`,
    `${file}:5:16 pools.web.backends[0]: `,
  ];
  for (const command of ["check", "proxy"]) {
    const { code, stdout, stderr } = await stage.run([command, "--config", file]);
    mustEqual([code, stdout], [78, ""], `exit code and standard output of ${command}`);
    for (const text of expected)
      must(stderr.includes(text), `no ${JSON.stringify(text)}: ${stderr}`);
    mustEqual(stderr.trimEnd().split("\n").length, expected.length, `lines of ${command}`);
  }
  const { code, stdout } = await stage.run(["check", "--config", file, "--json"]);
  const { valid, problems } = JSON.parse(stdout) as {
    readonly valid: boolean;
    readonly problems: readonly { readonly line: number; readonly column: number }[];
  };
  const places = problems.map(({ line, column }) => `${line}:${column}`);
  mustEqual([code, valid, places], [78, false, ["1:10", "4:5", "5:16"]], "check --json");
  return [{ name: "mistakes", value: `${expected.length}`, bound: "exit 78" }];
}

async function checkWeights(stage: Stage): Promise<readonly Figure[]> {
  for (const strategy of weightless) {
    const text = `pools: { web: { strategy: ${strategy}, backends: [{ url: http://a, weight: 2 }, http://b] } }\n`;
    const file = await stage.writeFile("evenkeel.yaml", text);
    const { code, stderr } = await stage.run(["check", "--config", file]);
    mustEqual(code, 78, `the exit code for ${strategy} with weights`);
    must(/weight/.test(stderr), `the message for ${strategy} does not speak of weights: ${stderr}`);
  }
  return [{ name: "strategies", value: weightless.join(", ") }];
}

async function checkPrecedence(stage: Stage): Promise<readonly Figure[]> {
  const text = `workers: 3
shutdown: { timeout: 9s }
pools: { web: { strategy: random, backends: [http://a] } }
`;
  const file = await stage.writeFile("evenkeel.yaml", text);
  const env = { EVENKEEL_WORKERS: "2", EVENKEEL_POOLS__WEB__STRATEGY: "first" };
  const flags = ["--config", file, "--workers", "1", "--json"];
  const { code, stdout } = await stage.run(["config", "print", ...flags], env);
  mustEqual(code, 0, "the exit code");
  const { origins } = JSON.parse(stdout) as { readonly origins: Readonly<Record<string, string>> };
  const sources = {
    workers: origins["workers"],
    "pools.web.strategy": Object.entries(origins).find(([key]) => {
      return key.startsWith("pools.web.strategy");
    })?.[1],
    "shutdown.timeout": origins["shutdown.timeout"]?.startsWith(file) === true ? "file" : "",
    "pools.web.retry.maxRetries": origins["pools.web.retry.maxRetries"],
  };
  const expected = {
    workers: "flag --workers",
    "pools.web.strategy": "EVENKEEL_POOLS__WEB__STRATEGY",
    "shutdown.timeout": "file",
    "pools.web.retry.maxRetries": "default",
  };
  mustEqual(sources, expected, "who gave the values");
  return [{ name: "sources", value: "flag, variable, file, default" }];
}

async function checkSecrets(stage: Stage): Promise<readonly Figure[]> {
  const text = `pools: { web: { backends: [http://a], sticky: { secret: ${token}-sticky } } }
admin: { address: ":0", token: "\${T}" }
`;
  const file = await stage.writeFile("evenkeel.yaml", text);
  const secret = await stage.writeFile("token", `${token}\n`);
  for (const flags of [[], ["--json"]]) {
    const printed = await stage.run(["config", "print", "-c", file, ...flags], { T_FILE: secret });
    mustEqual(printed.code, 0, "the exit code");
    must(!printed.stdout.includes(token), `a secret is printed: ${printed.stdout}`);
    must(printed.stdout.includes("[redacted]"), "nothing says that there is a secret");
  }
  return [{ name: "secrets", value: "2 hidden" }];
}

async function checkOpenAdmin(stage: Stage): Promise<readonly Figure[]> {
  const text = `admin: 0.0.0.0:0\npools: { web: { backends: [http://127.0.0.1:1] } }\n`;
  const file = await stage.writeFile("evenkeel.yaml", text);
  const { code, stderr } = await stage.run(["proxy", "--config", file]);
  mustEqual(code, 78, "the exit code");
  must(/token/.test(stderr), `the message does not speak of a token: ${stderr}`);
  return [{ name: "exit code", value: "78" }];
}
