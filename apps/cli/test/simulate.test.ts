import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runInProcess } from "./in-process.ts";

let folder = "";
let config = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-simulate-"));
  config = join(folder, "evenkeel.yaml");
  writeFileSync(
    config,
    `version: 1
listeners: [{ address: 127.0.0.1:8080 }]
pools:
  web:
    strategy: weighted-round-robin
    backends:
      - { url: "http://127.0.0.1:8081", weight: 3, id: "big<script>" }
      - { url: "http://127.0.0.1:8082", id: small }
`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const traffic = ["--load", "500/s", "--service-time", "lognormal(20ms,1.5)", "--requests", "3000"];

interface Document {
  readonly schema: string;
  readonly cells: readonly {
    readonly strategies: readonly {
      readonly strategy: string;
      readonly p99Ms: { readonly median: number };
      readonly backends: readonly { readonly share: { readonly median: number } }[];
    }[];
  }[];
}

describe("evenkeel simulate", () => {
  test("says for each strategy of a pool what latency, errors and shares it gives", async () => {
    const { code, stdout } = await runInProcess("simulate", "--config", config, ...traffic);
    expect(code).toBe(0);
    for (const word of ["p50", "p99.9", "errors", "imbalance", "peak-ewma", "prequal"]) {
      expect(stdout).toContain(word);
    }
    expect(stdout).not.toContain("\u001B");
  });

  test("prints JSON alone with --json, with shares by weight", async () => {
    const args = ["--config", config, ...traffic, "--json"];
    const { code, stdout, stderr } = await runInProcess("simulate", ...args);
    expect([code, stderr]).toEqual([0, ""]);
    const document = JSON.parse(stdout) as Document;
    expect(document.schema).toBe("evenkeel.simulate/1");
    const turns = document.cells[0]?.strategies.find(
      ({ strategy }) => strategy === "weighted-round-robin",
    );
    expect(turns?.backends.map(({ share }) => share.median)[0]).toBeCloseTo(0.75, 3);
    expect(turns?.p99Ms.median).toBeGreaterThan(20);
  });

  test("gives the same bytes for the same seeds, page included", async () => {
    const pages = ["one.html", "other.html"].map((name) => join(folder, name));
    const outputs: string[] = [];
    for (const page of pages) {
      const args = ["--config", config, ...traffic, "--json", "--html", page];
      outputs.push((await runInProcess("simulate", ...args)).stdout);
    }
    expect(outputs[0]).toBe(outputs[1]);
    const [one, other] = pages.map((page) => readFileSync(page, "utf8"));
    expect(one).toBe(other);
  });

  test("writes a page that loads nothing and takes no name for markup", async () => {
    const page = join(folder, "page.html");
    await runInProcess("simulate", "--config", config, ...traffic, "--html", page);
    const html = readFileSync(page, "utf8");
    expect(html).not.toMatch(/<script|src=|href=|url\(|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(html).toContain("big&lt;script&gt;");
    expect(html.match(/<svg/g)?.length).toBeGreaterThan(3);
  });

  test("lists its scenarios, and runs one", async () => {
    expect((await runInProcess("simulate", "--list")).stdout).toContain("d-linkerd ");
    const args = ["--scenario", "e-magnet", "--requests", "2000", "--seeds", "1"];
    const { code, stdout } = await runInProcess("simulate", ...args);
    expect(code).toBe(0);
    expect(stdout).toContain("least-response-time, no penalty");
  });

  test.each([
    [["--scenario", "e-magnett"], "did you mean e-magnet?"],
    [[], "give --config FILE or --scenario NAME"],
    [["--scenario", "z", "--load", "5/s"], "leave out --config and --load"],
    [["--scenario", "z", "--requests", "0"], "Needs a whole number of 1 or more"],
  ])("%j exits 2 and says what is wrong", async (args, message) => {
    const { code, stdout, stderr } = await runInProcess("simulate", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  test("a configuration with mistakes exits 78 and names them all", async () => {
    const broken = join(folder, "broken.yaml");
    writeFileSync(broken, readFileSync(config, "utf8").replace("strategy:", "strateggy:"));
    const { code, stderr } = await runInProcess("simulate", "--config", broken, ...traffic);
    expect(code).toBe(78);
    expect(stderr).toContain('unknown key "strateggy"; did you mean "strategy"?');
  });
});
