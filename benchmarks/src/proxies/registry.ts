import { caddy } from "./caddy.ts";
import { evenkeel, evenkeelLog, evenkeelPipelining } from "./evenkeel.ts";
import { haproxy } from "./haproxy.ts";
import { nginx, nginx16k } from "./nginx.ts";
import { nodePeers, nodePipe, plantedPause } from "./node-peers.ts";
import type { Proxy } from "./proxy.ts";

/** Every proxy that can be measured, in the order in which they take turns and are shown. */
export const proxies: readonly Proxy[] = [
  evenkeel,
  evenkeelLog,
  evenkeelPipelining,
  nginx,
  nginx16k,
  haproxy,
  caddy,
  nodePipe,
  ...nodePeers,
];

/** No proxies anybody would use: they show that a measurement finds what it should. Not in "all". */
export const controls: readonly Proxy[] = [plantedPause];
