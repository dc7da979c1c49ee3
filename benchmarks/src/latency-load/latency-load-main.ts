import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { createFixedServer } from "./fixed-server.ts";
import { latencyLoad } from "./latency-load.ts";
import type { LatencyLoadPlan } from "./load-result.ts";

/** Backend, and load at `POST /` with a plan; both ports and the backend's target as arguments. */
const [backendPort, controlPort, target = "/"] = process.argv.slice(2);

const control = createServer((request, response) => {
  void (async () => {
    const plan = JSON.parse(await text(request)) as LatencyLoadPlan;
    response.end(JSON.stringify(await latencyLoad(plan)));
  })();
});
createFixedServer(target).listen(Number(backendPort), "127.0.0.1", () => {
  control.listen(Number(controlPort), "127.0.0.1");
});
