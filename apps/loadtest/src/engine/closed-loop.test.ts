import { expect, test } from "vitest";
import { okResponse, planFor, refusedUrl, startHttp, startRaw } from "../../test/servers.ts";
import { runClosedLoop } from "./closed-loop.ts";
import type { Progress } from "./messages.ts";

test("sends exactly the requests it was asked for, however they divide over connections", async () => {
  let seen = 0;
  const { url, connections } = await startHttp((_request, response) => {
    seen += 1;
    response.setHeader("X-Backend", seen % 2 === 0 ? "even" : "odd").end();
  });
  const observation = await runClosedLoop(planFor(url, { requests: 101, connections: 7 }));
  expect(observation).toMatchObject({ sent: 101, responses: 101, aborted: 0 });
  expect(observation.backends).toEqual(
    new Map([
      ["odd", 51],
      ["even", 50],
    ]),
  );
  expect(observation.latenciesUs.count).toBe(101);
  expect(seen).toBe(101);
  expect(connections()).toBe(7); // keep-alive
});

test("finds the backend header in any case and counts responses without it by status", async () => {
  const { url } = await startRaw((socket, n) => {
    if (n <= 2) socket.write(okResponse.replace("X-Backend", "x-SERVED-by"));
    else socket.write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  });
  const observation = await runClosedLoop(planFor(url, { backendHeader: "X-Served-By" }));
  expect(observation.backends).toEqual(new Map([["a", 2]]));
  expect(observation.unattributed).toEqual(new Map([[503, 3]]));
  expect(observation.statuses).toEqual(
    new Map([
      [200, 2],
      [503, 3],
    ]),
  );
});

test("shows both names when a response names two backends", async () => {
  const twice = okResponse.replace("X-Backend: a", "X-Backend: a\r\nX-Backend: b");
  const { url } = await startRaw((socket) => socket.write(twice));
  const observation = await runClosedLoop(planFor(url));
  expect(observation.backends).toEqual(new Map([["a, b", 5]]));
});

test("sends method, headers, body and target as given", async () => {
  const seen: unknown[] = [];
  const { url } = await startHttp((request, response) => {
    const { method, url, headers } = request;
    request.setEncoding("utf8").once("data", (body: string) => {
      seen.push({ method, url, body, custom: headers["x-custom"], host: headers.host });
      response.end();
    });
  });
  const plan = planFor(`${url}a%2Fb?c=1`, {
    requests: 1,
    method: "PUT",
    headers: { "X-Custom": "1, 2", Host: "shop.example" },
    body: "grüße",
  });
  await runClosedLoop(plan);
  expect(seen).toEqual([
    { method: "PUT", url: "/a%2Fb?c=1", body: "grüße", custom: "1, 2", host: "shop.example" },
  ]);
});

test("counts warm-up requests nowhere", async () => {
  let seen = 0;
  const { url } = await startHttp((_request, response) => {
    seen += 1;
    response.setHeader("X-Backend", seen <= 8 ? "cold" : "warm").end();
  });
  const plan = planFor(url, { requests: 20, connections: 10, warmupRequests: 8 });
  const observation = await runClosedLoop(plan);
  expect(observation.backends).toEqual(new Map([["warm", 20]]));
  expect(seen).toBe(28);
});

test("stops sending when the time is over, and still waits for the answers", async () => {
  let seen = 0;
  const { url } = await startHttp((_request, response) => {
    seen += 1;
    response.setHeader("X-Backend", "a").end();
  });
  const plan = planFor(url, { requests: undefined, durationMs: 100, connections: 3 });
  const observation = await runClosedLoop(plan);
  expect(observation).toMatchObject({ sent: seen, responses: seen, aborted: 0 });
  expect(seen).toBeGreaterThan(0);
});

test("aborts what is in flight when it is interrupted, and keeps what it has", async () => {
  const interruption = new AbortController();
  const { url } = await startRaw((socket, n) => {
    if (n <= 6) socket.write(okResponse);
    if (n === 10) interruption.abort(); // all four connections wait now
  });
  const plan = planFor(url, { requests: 1000, connections: 4 });
  const observation = await runClosedLoop(plan, { signal: interruption.signal });
  expect(observation).toMatchObject({ sent: 10, responses: 6, aborted: 4 });
});

test("has an empty observation when it is interrupted during the warm-up", async () => {
  const interruption = new AbortController();
  const { url } = await startRaw(() => interruption.abort());
  const observation = await runClosedLoop(planFor(url, { warmupRequests: 1 }), {
    signal: interruption.signal,
  });
  expect(observation).toMatchObject({ sent: 0, responses: 0, aborted: 0, durationMs: 0 });
});

test("gives up on a target that refuses every connection, naming URL and cause", async () => {
  const url = await refusedUrl();
  const plan = planFor(url, { requests: 100_000, connections: 5 });
  await expect(runClosedLoop(plan)).rejects.toMatchObject({
    code: "TARGET_UNREACHABLE",
    message: `cannot reach ${url}: connection refused (ECONNREFUSED)`,
  });
});

test("takes a single refused request for an unreachable target too", async () => {
  const url = await refusedUrl();
  await expect(runClosedLoop(planFor(url, { requests: 1 }))).rejects.toMatchObject({
    code: "TARGET_UNREACHABLE",
  });
});

test("hides a password in the error that names the URL", async () => {
  const url = (await refusedUrl()).replace("http://", "http://user:secret@");
  const failure = expect(runClosedLoop(planFor(url, { requests: 1 })));
  await failure.rejects.toThrow(/http:\/\/user:\*\*\*@127/);
});

test("reports progress with what is done and what is to do", async () => {
  const { url } = await startRaw((socket, n) => {
    if (n === 1) socket.write(okResponse); // the second one keeps the run alive
  });
  const seen = Promise.withResolvers<Progress>();
  const interruption = new AbortController();
  const run = runClosedLoop(planFor(url, { requests: 2 }), {
    signal: interruption.signal,
    onProgress: (progress) => {
      if (progress.completed === 1) seen.resolve(progress);
    },
  });
  expect(await seen.promise).toMatchObject({ phase: "measuring", completed: 1, requests: 2 });
  interruption.abort();
  await run;
});
