import { probe } from "./probe.ts";
import type { ProbePlan } from "./probe-result.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as ProbePlan;
console.log(JSON.stringify(await probe(plan)));
