import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { faultNamed } from "../faults/registry.ts";
import type { Victim } from "../faults/victim.ts";
import { type TargetOptions, TargetSystem } from "./target-system.ts";

async function victimOf(changes: Partial<TargetOptions>): Promise<Victim> {
  const system = await TargetSystem.attach({
    url: "http://127.0.0.1:1/",
    victim: "a",
    backendCount: 1,
    killCommand: undefined,
    returnCommand: undefined,
    pid: undefined,
    victimUrl: undefined,
    accessLog: undefined,
    backendLedgers: new Map(),
    ...changes,
  });
  return system.backends[0] as Victim;
}

test("signals go to the victim's process", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const victim = await victimOf({ pid: child.pid ?? 0, returnCommand: "true" });
  const recover = await faultNamed("kill").strike(victim);
  const [, signal] = (await once(child, "exit")) as [number | null, string];
  expect(signal).toBe("SIGKILL");
  await recover();
});

test("a test-backend that somebody else runs plays faults by its own URL", async () => {
  const calls: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    calls.push(`${request.method} ${request.url} ${await text(request)}`);
    response.writeHead(calls.length > 2 ? 400 : 200).end("no");
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const victim = await victimOf({ victimUrl: `http://127.0.0.1:${port}/any` });
  const recover = await faultNamed("storm-500").strike(victim);
  await recover();
  expect(calls).toEqual(['PUT /__faults [{"fault":"status","code":500}]', "PUT /__faults []"]);
  await expect(faultNamed("slow").strike(victim)).rejects.toThrow(/refused the fault \(400\): no/);
});

test.each([
  ["kill", "--victim-pid or --victim-kill"],
  ["storm-500", "--victim-url"],
])("%s says which option it needs", async (fault, option) => {
  const victim = await victimOf({});
  await expect(faultNamed(fault).strike(victim)).rejects.toThrow(`this fault needs ${option}`);
});
