import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

/** Imports the command, and answers with the address of every module that this took. */
const recorder = `
  const { registerHooks } = require("node:module");
  const { parentPort, workerData } = require("node:worker_threads");
  const urls = [];
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      urls.push(resolved.url);
      return resolved;
    },
  });
  import(workerData).then(() => parentPort.postMessage(urls));
`;

// Tests and demos start backends by the dozen, and the balancer's schema was most of what a start cost.
test("a backend knows the units of the configuration, and loads none of its schema", async () => {
  const workerData = new URL("../src/index.ts", import.meta.url).href;
  const worker = new Worker(recorder, { eval: true, workerData, execArgv: [] });
  const [urls] = (await once(worker, "message")) as [readonly string[]];
  await worker.terminate();
  expect(urls).toContainEqual(expect.stringContaining("/config/src/units/duration.ts"));
  expect(urls.filter((url) => /\/zod\/|\/config\/src\/schema\//.test(url))).toEqual([]);
});
