import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeEnvironment } from "../environment.ts";
import type { ProfileReport, ThroughputReport } from "../measure/results.ts";
import { rangeOf } from "../measure/statistics.ts";
import { renderChart, type Panel } from "./chart.ts";
import { profileTable, requestsPerCpuSecond } from "./profile-table.ts";
import type { RunReport } from "./run-report.ts";
import { renderMarkdown } from "./table.ts";

const docs = new URL("../../../docs/", import.meta.url);

const CAVEATS = `## How to read this

- **CPU per request, not requests per second.** Each proxy has a core for itself, so what counts is how much of that core a request costs. The figure is the CPU time of the whole process tree (control plane, worker threads, child processes) divided by the requests that the load generator counted. \`user\` and \`sys\` are sampled by the kernel in ticks of 10 ms; their sum is exact.
- **Turns.** Proxies take turns within one run (A B C A B C …). Figures are medians over the rounds with the least and the greatest in parentheses; ratios compare the same round of both, above 1.00 is better than the reference.
- **Loopback, few cores.** No network card, no interrupts, no distance: real networks cost every proxy more and bring them closer together. With two cores the backend and the load generator share one. \`core busy\` under about 95 % means that these two were the limit and req/s says little about the proxy.
- **Correct first.** Before anything is timed a proxy must pass the profile's request, the backend's own 404 page and an echoed 10 KB body with an escaped target through unchanged.
- **Same work, nearly.** nginx and HAProxy run with connections to the backend kept and logging off. Evenkeel adds \`X-Forwarded-*\` and \`Via\` and counts every request; nginx and HAProxy are not asked to. \`evenkeel-log\` also writes one JSON record per request. nginx may not write bodies to disk here, which its default would.
- **\`nginx-16k\`** is nginx with \`proxy_buffers 16 16k\` in place of its default of 4 KB each: answers of more than a few KB then cost far fewer system calls. HAProxy's buffers have 16 KB by default, so compare large bodies with this one.
- **\`node-pipe\`** copies bytes between sockets in Node and understands nothing: the floor for any proxy in Node.
- **\`evenkeel-pipelining\`** is Evenkeel with \`connections.pipelining: true\` (off by default). All other settings that are not named here are Evenkeel's defaults, so it closes a client's connection after 1,000 requests or so, which nginx and HAProxy do not do here.
- **Two workers** share two cores; so does the one worker that they are compared with. Needs four cores.
- **Idle connections**: growth of resident memory in user space; the kernel's socket buffers are not in it. Garbage collectors blur it.
- **Latency.** Each proxy at half of its own full load (half of the requests that a second of its core is enough for, measured under wrk): a Poisson process, requests at random moments that do not wait for answers. One process sends them and is the backend too, so nothing but the proxy runs beside it; it looks at the clock in every turn of its event loop and never sleeps, because a virtual machine pays more for a timer than for a request. A die sends 1,000 requests per second more to that backend directly, in the same moments of the same machine; \`added\` is the percentile through the proxy less the percentile of the direct way. In parentheses the interval of 95 % of 2,000 bootstrap samples, which draw half seconds as a whole because neighbours in time are slow together. Times run from the moment at which a request was sent, or would have been if one of the connections had been idle. On a machine with no core to spare everything else that runs must take one of these two, for milliseconds at a time, and at half load a wait of 5 ms is felt for 10: one such wait in a second fills the p99 of every proxy alike. So the waits are watched, and the requests that fell due in one, up to 2 ms before it or for twice its length after it are left out on both ways: waits of the proxy's threads for their core are what the kernel has counted for each (\`/proc/PID/task/TID/schedstat\`, every 10 ms), less the time in which another thread of the same proxy ran, so what a proxy does to itself stays in; the load's own are turns of more than 0.5 ms. \`of the time\` is what is left, and the p99 of all the time stands beside it. \`--proxies planted-pause\` is a check of the method: a proxy that stands still for 2 ms every 50 ms adds 2 ms or a little more to the p99.
`;

/** Writes docs/benchmarks.md and docs/benchmarks.svg; returns their paths. */
export async function writeDocs(report: RunReport): Promise<string[]> {
  const page = fileURLToPath(new URL("benchmarks.md", docs));
  const picture = fileURLToPath(new URL("benchmarks.svg", docs));
  await mkdir(fileURLToPath(docs), { recursive: true });
  await writeFile(page, docsPage(report));
  await writeFile(picture, docsChart(report));
  return [page, picture];
}

/** The page as Markdown. */
export function docsPage(report: RunReport): string {
  const { settings, cores, skipped, versions } = report;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");
  return `# Benchmarks

<!-- Written by \`evenkeel-bench --write-docs\`; edits are lost. -->

What one proxied request costs, beside nginx, HAProxy and others, measured in one run by one command:

\`\`\`sh
${report.command}
\`\`\`

${list(describeEnvironment(report.environment))}
- ${named.join(", ")}
- backend: ${report.backend}; load: wrk, ${settings.connections} connections, ${settings.rounds} rounds of ${settings.seconds} s after ${settings.warmupSeconds} s of warm-up
- cores: proxy ${cores.proxy.join(",")}; load generator ${cores.load.join(",")}; backend ${cores.backend.join(",")}

![Requests per CPU-second](benchmarks.svg)

${report.profiles.map(profileSection).join("\n")}
${skipped.length > 0 ? `## Left out\n\n${list(skipped)}\n\n` : ""}${CAVEATS}`;
}

/** Requests per CPU-second of every throughput profile, as SVG. */
export function docsChart(report: RunReport): string {
  const panels = report.profiles.filter((profile) => profile.kind === "throughput").map(panelOf);
  return renderChart("Requests per second of CPU time (longer is better)", panels);
}

function panelOf({ title, results }: ThroughputReport): Panel {
  const bars = results.map(({ name, samples }) => {
    const { median, min, max } = rangeOf(samples.map(requestsPerCpuSecond));
    return { label: name, value: median, min, max, isOurs: name.startsWith("evenkeel") };
  });
  return { title, bars };
}

function profileSection(profile: ProfileReport): string {
  const lines = [...profile.failures, ...profile.notices];
  const notices = lines.map((notice) => `- ${notice.replaceAll("\n", " ")}\n`).join("");
  const table = profile.results.length > 0 ? `${renderMarkdown(profileTable(profile))}\n` : "";
  return `## ${profile.title}

Profile \`${profile.profile}\`.

${table}${notices === "" ? "" : `\n${notices}`}`;
}
