import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const module = fileURLToPath(new URL("../src/descriptor-limit.ts", import.meta.url));

/** What a process with this descriptor limit makes of it; Node raises the soft limit to the hard one. */
function connectionsWith(descriptors: number): number {
  const script = `import(${JSON.stringify(module)}).then((m) => console.log(m.connectionsByDescriptors()))`;
  const command = `ulimit -n ${descriptors} && exec "$0" -e '${script}'`;
  return Number(execFileSync("/bin/sh", ["-c", command, process.execPath], { encoding: "utf8" }));
}

test.runIf(process.platform === "linux").each([
  [1_024, 415],
  [256, 70],
  [137, 16],
  [64, 16],
])("%i descriptors are enough for %i client connections", (descriptors, connections) => {
  expect(connectionsWith(descriptors)).toBe(connections);
});
