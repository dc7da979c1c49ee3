import { styleText } from "node:util";
import { Child } from "./demo/child.ts";
import { checkDistribution } from "./demo/distribution.ts";
import { runFailover } from "./demo/failover.ts";
import { checksOf, distributionLines, failoverLines, verdictLines } from "./demo/summary.ts";

const requests = 3_000;
const workers = 2;
const children: Child[] = [];

/** The main job in under a minute: share, prove, break, recover, report. */
async function demo(): Promise<boolean> {
  title("Three backends and a balancer with two workers");
  const backends = await Promise.all(
    [1, 2, 3].map((number) => startBackend(`Server-${number}`, 0)),
  );
  const { proxy, origin } = await startProxy(backends.map(({ url }) => url));
  say(`backends ${backends.map(({ url }) => url).join(", ")}; balancer ${origin}`);

  title(`${requests} requests over 50 connections: who served them?`);
  const distribution = await checkDistribution(origin, requests);
  distributionLines(distribution).forEach(print);

  title("kill -9 of one backend under load, and its return");
  const victim = backends[1] as Backend;
  const failover = await runFailover({
    origin,
    proxy,
    victim: victim.child,
    victimName: victim.name,
    restart: async () => void (await startBackend(victim.name, victim.port)),
    say,
  });
  failoverLines(failover).forEach(print);

  proxy.kill("SIGTERM");
  const checks = checksOf(distribution, failover, await proxy.exited, workers);
  title("Verdict");
  verdictLines(checks).forEach(print);
  return checks.every(({ pass }) => pass);
}

interface Backend {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly child: Child;
}

async function startBackend(name: string, port: number): Promise<Backend> {
  const args = ["backend", "--name", name, "--port", String(port), "--json"];
  const child = track(new Child(name, args, "stdout"));
  const event = await child.event((event) => event["event"] === "listening", "listening");
  return {
    name,
    port: Number(event["port"]),
    url: `http://127.0.0.1:${String(event["port"])}`,
    child,
  };
}

async function startProxy(
  urls: readonly string[],
): Promise<{ readonly proxy: Child; readonly origin: string }> {
  const args = ["proxy", "--backends", urls.join(","), "--port", "0", "--workers", String(workers)];
  const checks = ["--health-check-path", "/health", "--health-check-interval", "1s"];
  const proxy = track(new Child("balancer", [...args, ...checks], "stderr"));
  const event = await proxy.event((event) => Array.isArray(event["addresses"]), "listening");
  const [address] = event["addresses"] as string[];
  return { proxy, origin: `http://${String(address)}` };
}

function track(child: Child): Child {
  children.push(child);
  return child;
}

function title(text: string): void {
  print(`\n${styleText("bold", text)}`);
}

function say(text: string): void {
  print(`  ${text}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function stopEverything(): void {
  for (const child of children) if (child.isRunning) child.kill("SIGKILL");
}

process.on("exit", stopEverything);
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));

try {
  const pass = await demo();
  print(pass ? "\nAll checks passed." : "\nAt least one check failed.");
  process.exitCode = pass ? 0 : 99;
} catch (error) {
  process.stderr.write(
    `\nthe demo could not finish: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
} finally {
  stopEverything();
}
