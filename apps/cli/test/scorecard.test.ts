/*
 * The ruler itself is measured: a small balancer with one planted fault at a time must lose the row that is
 * about it, and without any must lose none. Real processes, all spawned by the program.
 */
import { fileURLToPath } from "node:url";
import type { ScorecardDocument } from "@evenkeel/loadtest";
import { describe, expect, test } from "vitest";
import { runEvenkeel, spawnEvenkeel, startProxy } from "./evenkeel.ts";
import { type PlantedFault, plantedFaults } from "./fixtures/wrong-balancer/faults.ts";
import { runInProcess } from "./in-process.ts";
import { findProgram } from "./installed-program.ts";
import type { Ended } from "./running-program.ts";

const fixture = fileURLToPath(new URL("./fixtures/wrong-balancer/main.ts", import.meta.url));
const longTimeoutMs = 300_000;

interface Scored {
  readonly code: number | null;
  readonly document: ScorecardDocument;
  readonly stderr: string;
}

async function score(...args: readonly string[]): Promise<Scored> {
  return scoredBy(await runEvenkeel("loadtest", "scorecard", ...args, "--json"));
}

function scoredBy({ code, stdout, stderr }: Ended): Scored {
  expect(stdout, stderr).not.toBe("");
  return { code, document: JSON.parse(stdout) as ScorecardDocument, stderr };
}

function commandOf(name: string, fault?: PlantedFault): string {
  const planted = fault === undefined ? "" : ` --fault ${fault}`;
  const flags = "--port {port} --backends {backends} --sticky {sticky} --limit {limit}";
  return `${name}=${process.execPath} ${fixture} ${flags}${planted}`;
}

/** The rows that each target does not pass, for whatever reason. */
function lost({ document }: Scored): Record<string, readonly string[]> {
  return Object.fromEntries(
    document.targets.map(({ name }) => [
      name,
      document.rows
        .filter(({ cells }) => cells[name]?.verdict !== "pass")
        .map(({ check }) => check),
    ]),
  );
}

describe.concurrent("a balancer without faults", () => {
  test.for(["failover", "shares,sticky,protocol"])(
    "loses no row of %s",
    { timeout: longTimeoutMs },
    async (groups) => {
      const scored = await score("--command", commandOf("fixture"), "--only", groups, "--strict");
      expect(lost(scored), scored.stderr).toEqual({ fixture: [] });
      expect(scored.code).toBe(0);
    },
  );
});

/** Faults that the same rows tell apart share one command, and with it the three backends. */
const families: readonly (readonly [
  rows: string,
  lost: Partial<Record<PlantedFault, readonly string[]>>,
])[] = [
  // What takes longest goes first.
  ["no-answer", { "lost-requests": ["no-answer"] }],
  ["post-once", { "doubled-post": ["post-once"] }],
  ["equal-shares", { "skewed-shares": ["equal-shares"] }],
  ["weighted-shares", { "ignored-weights": ["weighted-shares"] }],
  ["kill-failed,kill-felt", { "no-failover": ["kill-failed", "kill-felt"] }],
  ["hang-failed,hang-felt", { "slow-failover": ["hang-felt"] }],
  ["sessions-stay", { "loose-cookie": ["sessions-stay"], "wandering-cookie": ["sessions-stay"] }],
  [
    "length-and-chunked,request-version,host-syntax,hop-by-hop,hop-by-hop-response,encoded-path," +
      "forged-forwarded-for,via,trailers,truncated,event-stream",
    {
      "lenient-parser": ["length-and-chunked", "request-version", "host-syntax"],
      "leaked-hop-by-hop": ["hop-by-hop", "hop-by-hop-response"],
      "decoded-path": ["encoded-path"],
      "trusted-client": ["forged-forwarded-for"],
      "patched-truncation": ["truncated"],
      "buffered-answers": ["event-stream"],
    },
  ],
];

describe.concurrent("each planted fault loses its rows and no other", () => {
  test.for(families)("of %s", { timeout: longTimeoutMs }, async ([rows, expected]) => {
    const faults = plantedFaults.filter((fault) => fault in expected);
    const commands = faults.flatMap((fault) => ["--command", commandOf(fault, fault)]);
    const scored = await score(...commands, "--only", rows, "--strict");
    expect(lost(scored), scored.stderr).toEqual(expected);
    expect(scored.code).toBe(99);
  });

  test("and there is none that nobody plants", () => {
    const planted = families.flatMap(([, faults]) => Object.keys(faults));
    expect([...planted, "no-limit"].toSorted()).toEqual(plantedFaults.toSorted());
  });
});

test(
  "without a limit less is served under overload than with one",
  { timeout: longTimeoutMs },
  async () => {
    const both = [commandOf("limited"), commandOf("unlimited", "no-limit")];
    const { document } = await score(
      ...both.flatMap((line) => ["--command", line]),
      "--only",
      "overload",
    );
    const cells = document.rows[0]?.cells;
    // How much of the capacity is served depends on how busy this machine is, which of the two serves
    // more does not.
    const served = (name: string): number => Number.parseFloat(cells?.[name]?.value ?? "");
    expect(served("limited")).toBeGreaterThan(served("unlimited"));
    expect(cells?.["unlimited"]?.verdict).toBe("fail");
  },
);

test("a URL is judged by what can be seen, and more with its backends' control URLs", async () => {
  const backends = await Promise.all(
    ["one", "two"].map(async (name) => {
      const flags = ["--port", "0", "--control-port", "0", "--name", name, "--json"];
      const program = spawnEvenkeel("backend", ...flags);
      return await program.jsonLine(({ event }) => event === "listening");
    }),
  );
  const origins = backends.map(({ port }) => `http://127.0.0.1:${port as number}`);
  const controls = backends.map(({ controlPort }) => `http://127.0.0.1:${controlPort as number}`);
  const { origin } = await startProxy({ pools: { web: { backends: origins } } });
  // Nothing is spawned for it, so it needs no process.
  const judge = async (rows: string, ...flags: readonly string[]): Promise<Scored> => {
    const command = ["loadtest", "scorecard", "--target", origin, "--only", rows];
    return scoredBy(await runInProcess(...command, ...flags, "--json"));
  };
  const verdicts = ({ document }: Scored): Record<string, string | undefined> =>
    Object.fromEntries(
      document.rows.map(({ check, cells }) => [check, Object.values(cells)[0]?.verdict]),
    );

  const rows = "hop-by-hop,informational,weighted-shares,stale-keep-alive";
  const fromOutside = {
    "weighted-shares": "not-applicable",
    "hop-by-hop": "pass",
    informational: "not-applicable",
  };
  expect(verdicts(await judge(`equal-shares,${rows}`))).toEqual({
    ...fromOutside,
    "equal-shares": "pass",
    "stale-keep-alive": "not-applicable",
  });
  expect(verdicts(await judge(rows, "--backends", controls.join(",")))).toEqual({
    ...fromOutside,
    "stale-keep-alive": "pass",
  });
});

test.for(["nginx", "haproxy", "caddy"])(
  "%s starts with its published configuration and shares evenly",
  { timeout: longTimeoutMs },
  async (name, { skip }) => {
    skip(findProgram(name) === undefined, `${name} is not installed`);
    const { document } = await score("--target", name, "--only", "equal-shares,encoded-path");
    expect(document.targets).toMatchObject([{ name, counts: { pass: 2 } }]);
    expect(document.targets[0]?.version).toMatch(/^\d+\.\d+/);
  },
);

test("the configurations can be read without starting anything", async () => {
  const targets = ["--target", "evenkeel", "--target", "haproxy"];
  const { code, stdout } = await runInProcess("loadtest", "scorecard", ...targets, "--show-config");
  expect(code).toBe(0);
  expect(stdout).toContain("strategy: round-robin");
  expect(stdout).toContain("balance roundrobin");
});

test.for([
  [["--target", "ngnix"], 'there is no target "ngnix"; did you mean nginx?'],
  [["--only", "hop-by-hob"], 'there is no check "hop-by-hob"; did you mean hop-by-hop?'],
  [["--target", "evenkeel", "--backends", "http://127.0.0.1:1"], "--backends needs exactly one"],
  [["--command", "mine=./balancer"], "with {port} and {backends} in it"],
  [["--target", "nginx", "--target", "nginx"], "nginx is named twice"],
] as const)("%j is wrong usage: %s", async ([flags, message]) => {
  const { code, stderr } = await runInProcess("loadtest", "scorecard", ...flags);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
