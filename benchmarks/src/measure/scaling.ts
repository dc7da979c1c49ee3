import { planTwoWorkers } from "../proc/cores.ts";
import type { ScalingProfile } from "../profiles/profile.ts";
import { evenkeelWorkers } from "../proxies/evenkeel.ts";
import type { Measurement } from "./measurement.ts";
import type { ScalingReport } from "./results.ts";
import { measureThroughput } from "./throughput.ts";

/** One worker and two in turn, both free to use the same two cores. Says so where that cannot be. */
export async function measureScaling(
  measurement: Measurement,
  profile: ScalingProfile,
): Promise<ScalingReport> {
  const { bench, proxies, say } = measurement;
  const { name, title } = profile;
  const cores = planTwoWorkers(bench.cores, bench.allowedCores);
  const isChosen = proxies.some((proxy) => proxy.name === "evenkeel");
  if (cores === undefined || !isChosen) {
    const reason = isChosen
      ? `needs 4 cores without hyperthreads of the first, this run has ${bench.allowedCores.length} in all`
      : "measures evenkeel only, which is not among the proxies";
    const notice = `not measured: ${reason}`;
    say(notice);
    return { kind: "scaling", profile: name, title, results: [], failures: [], notices: [notice] };
  }
  const report = await measureThroughput(
    { ...measurement, bench: bench.onCores(cores), proxies: evenkeelWorkers },
    { ...profile, kind: "throughput" },
  );
  const where = `cores: proxy ${cores.proxy.join()}, load ${cores.load.join()}, backend ${cores.backend.join()}`;
  return { ...report, kind: "scaling", notices: [where, ...report.notices] };
}
