import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

/** Imports what a worker runs, and answers with the address of every module that this took. */
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

// The schema alone costs each thread a third of its start and megabytes for as long as it runs.
test("a worker loads no installed package: it reads no configuration and writes no log", async () => {
  const workerData = new URL("../src/data-plane.ts", import.meta.url).href;
  const worker = new Worker(recorder, { eval: true, workerData, execArgv: [] });
  const [urls] = (await once(worker, "message")) as [readonly string[]];
  await worker.terminate();
  expect(urls).toContainEqual(expect.stringContaining("/apps/proxy/src/handle-request.ts"));
  expect(urls.filter((url) => url.includes("/node_modules/"))).toEqual([]);
});
