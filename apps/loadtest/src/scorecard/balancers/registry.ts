import { nearestName } from "@evenkeel/config/nearest-name";
import { LoadtestError } from "../../errors.ts";
import type { Balancer } from "./balancer.ts";
import { caddy } from "./caddy.ts";
import { evenkeel } from "./evenkeel.ts";
import { haproxy } from "./haproxy.ts";
import { nginx } from "./nginx.ts";

/** Every balancer that `--target` knows by name; `version` is Evenkeel's own. */
export function knownBalancers(version: string): readonly Balancer[] {
  return [evenkeel(version), nginx, haproxy, caddy];
}

/** @throws LoadtestError `BAD_OPTION` with the nearest valid name. */
export function balancerNamed(name: string, version: string): Balancer {
  const known = knownBalancers(version);
  const found = known.find((balancer) => balancer.name === name);
  if (found !== undefined) return found;
  const names = known.map((balancer) => balancer.name);
  const nearest = nearestName(name, names);
  const hint =
    nearest === null ? `give a URL or one of ${names.join(", ")}` : `did you mean ${nearest}?`;
  throw new LoadtestError("BAD_OPTION", `there is no target ${JSON.stringify(name)}; ${hint}`);
}
