/*
 * The ruler itself is measured: a small balancer with one planted fault at a time must lose the row that is
 * about it, and without any must lose none. Real processes, all spawned by the program.
 */
import { fileURLToPath } from "node:url";
import type { ScorecardDocument } from "@evenkeel/loadtest";
import { describe, expect, test } from "vitest";
import { runEvenkeel, spawnEvenkeel, startProxy } from "./evenkeel.ts";
import type { PlantedFault } from "./fixtures/wrong-balancer/faults.ts";
import { findProgram } from "./installed-program.ts";

const fixture = fileURLToPath(new URL("./fixtures/wrong-balancer/main.ts", import.meta.url));
const longTimeoutMs = 300_000;

interface Scored {
  readonly code: number | null;
  readonly document: ScorecardDocument;
  readonly stderr: string;
}

async function score(...args: readonly string[]): Promise<Scored> {
  const command = ["loadtest", "scorecard", ...args, "--json"];
  const { code, stdout, stderr } = await runEvenkeel(...command);
  expect(stdout, stderr).not.toBe("");
  return { code, document: JSON.parse(stdout) as ScorecardDocument, stderr };
}

/** The fixture, with a fault or without, as the target `fixture`. */
async function scoreFixture(only: string, fault?: PlantedFault): Promise<Scored> {
  return await score("--command", commandOf("fixture", fault), "--only", only, "--strict");
}

function commandOf(name: string, fault?: PlantedFault): string {
  const planted = fault === undefined ? "" : ` --fault ${fault}`;
  const flags = "--port {port} --backends {backends} --sticky {sticky} --limit {limit}";
  return `${name}=${process.execPath} ${fixture} ${flags}${planted}`;
}

function lost({ document }: Scored): readonly string[] {
  return document.rows
    .filter(({ cells }) => cells["fixture"]?.verdict === "fail")
    .map(({ check }) => check);
}

describe.concurrent("a balancer without faults", () => {
  test.for(["shares,sticky,protocol", "failover"])(
    "loses no row of %s",
    { timeout: longTimeoutMs },
    async (groups) => {
      const scored = await scoreFixture(groups);
      const cells = scored.document.rows.map(({ check, cells: byTarget }) => [
        check,
        byTarget["fixture"],
      ]);
      const notKept = cells.filter(([, cell]) => (cell as { verdict: string }).verdict !== "pass");
      expect(notKept).toEqual([]);
      expect(scored.code).toBe(0);
    },
  );
});

describe.concurrent("each planted fault loses its row", () => {
  test.for<[PlantedFault, string, readonly string[]]>([
    ["skewed-shares", "equal-shares", ["equal-shares"]],
    ["ignored-weights", "shares", ["weighted-shares"]],
    ["no-failover", "kill-failed,kill-felt", ["kill-failed", "kill-felt"]],
    ["slow-failover", "hang-failed,hang-felt", ["hang-felt"]],
    [
      "lenient-parser",
      "length-and-chunked,host-syntax,request-version,encoded-path",
      ["length-and-chunked", "request-version", "host-syntax"],
    ],
    ["doubled-post", "post-once", ["post-once"]],
    ["lost-requests", "no-answer", ["no-answer"]],
    [
      "leaked-hop-by-hop",
      "hop-by-hop,hop-by-hop-response,encoded-path",
      ["hop-by-hop", "hop-by-hop-response"],
    ],
    ["loose-cookie", "sessions-stay", ["sessions-stay"]],
    ["wandering-cookie", "sessions-stay", ["sessions-stay"]],
    ["decoded-path", "encoded-path,via", ["encoded-path"]],
    ["trusted-client", "forwarded-for,forged-forwarded-for", ["forged-forwarded-for"]],
    ["patched-truncation", "truncated,trailers", ["truncated"]],
    ["buffered-answers", "event-stream,body-intact", ["event-stream"]],
  ])("%s", { timeout: longTimeoutMs }, async ([fault, only, expected]) => {
    const scored = await scoreFixture(only, fault);
    expect(lost(scored), scored.stderr).toEqual(expected);
    expect(scored.code).toBe(99);
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
  const only = "equal-shares,hop-by-hop,informational,weighted-shares,stale-keep-alive";
  const target = ["--target", origin, "--only", only];
  const verdicts = ({ document }: Scored): Record<string, string | undefined> =>
    Object.fromEntries(
      document.rows.map(({ check, cells }) => [check, Object.values(cells)[0]?.verdict]),
    );

  const fromOutside = {
    "equal-shares": "pass",
    "weighted-shares": "not-applicable",
    "hop-by-hop": "pass",
    informational: "not-applicable",
  };
  expect(verdicts(await score(...target))).toEqual({
    ...fromOutside,
    "stale-keep-alive": "not-applicable",
  });
  expect(verdicts(await score(...target, "--backends", controls.join(",")))).toEqual({
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
  const { code, stdout } = await runEvenkeel("loadtest", "scorecard", ...targets, "--show-config");
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
  const { code, stderr } = await runEvenkeel("loadtest", "scorecard", ...flags);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
