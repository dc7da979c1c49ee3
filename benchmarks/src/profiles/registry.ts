import { download1m } from "./download-1m.ts";
import { idle5000 } from "./idle-5000.ts";
import { keepalive100b } from "./keepalive-100b.ts";
import { latencyHalfLoad } from "./latency-half-load.ts";
import { newConnection } from "./new-connection.ts";
import { post10k50k } from "./post-10k-50k.ts";
import type { Profile } from "./profile.ts";
import { twoWorkers } from "./two-workers.ts";

/** Every profile, in the order in which they run and are shown. */
export const profiles: readonly Profile[] = [
  keepalive100b,
  post10k50k,
  download1m,
  newConnection,
  idle5000,
  latencyHalfLoad,
  twoWorkers,
];
