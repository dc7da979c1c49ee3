import * as z from "zod";
import { encodePprof } from "../../profiling/pprof.ts";
import type { ProfileKind, TakenProfile } from "../../profiling/profiler.ts";
import {
  type CpuProfile,
  type HeapProfile,
  cpuSamples,
  heapSamples,
} from "../../profiling/v8-profile.ts";
import { type AdminAnswer, problemAnswer } from "../admin-answer.ts";
import type { AdminContext, AdminRequest, AdminRoute } from "../admin-route.ts";

const mostSeconds = 60;
const usualSeconds = 10;

const types = {
  cpu: [
    { type: "samples", unit: "count" },
    { type: "cpu", unit: "nanoseconds" },
  ],
  heap: [{ type: "inuse_space", unit: "bytes" }],
} as const;

/** What the program does with its time. */
export const cpuProfile: AdminRoute = profileAt(
  "/debug/pprof/profile",
  "cpu",
  "What the threads spend their CPU time on; waiting is left out.",
);
/** Where what it keeps was allocated. Whole heaps are not served: every secret is in them. */
export const heapProfile: AdminRoute = profileAt(
  "/debug/pprof/heap",
  "heap",
  "Where the threads allocate what is still alive in the end: sizes and functions, no content.",
);

function profileAt(path: string, kind: ProfileKind, summary: string): AdminRoute {
  return {
    method: "GET",
    path,
    isCostly: true,
    summary,
    query: {
      seconds: {
        meaning: `How long it is taken for; ${usualSeconds} unless given.`,
        schema: z.number().min(0.1).max(mostSeconds),
      },
      thread: {
        meaning: "`control` or `worker-0` and so on; all threads unless given.",
        schema: z.string(),
      },
      format: {
        meaning:
          "`pprof` (the default: go tool pprof, Pyroscope, Parca, speedscope), or `devtools` of one thread, for Chrome and VS Code.",
        schema: z.enum(["pprof", "devtools"]),
      },
    },
    results: [
      {
        meaning: "pprof, gzipped protobuf.",
        contentType: "application/octet-stream",
        schema: null,
      },
      {
        meaning: `With \`format=devtools\`: a .${kind}profile.`,
        contentType: "application/json",
        schema: null,
      },
    ],
    problems: {
      422: "A parameter is not what it should be.",
      429: "Another profile is being taken; `Retry-After` says for how long.",
    },
    answer: (context, request) => answer(kind, context, request),
  };
}

async function answer(
  kind: ProfileKind,
  { profiler }: AdminContext,
  { query, signal }: AdminRequest,
): Promise<AdminAnswer> {
  const asked = readQuery(query, profiler.threads);
  if (typeof asked === "string") return problemAnswer(422, asked);
  const { busyMs } = profiler;
  if (busyMs !== null) {
    const seconds = Math.max(1, Math.ceil(busyMs / 1_000));
    return problemAnswer(429, "a profile is being taken; there is one at a time", {
      "Retry-After": String(seconds),
    });
  }
  const { seconds, thread, isDevtools } = asked;
  const threads = thread === null ? null : [thread];
  const taken = await profiler.take({ kind, seconds, threads, signal });
  const names = taken.threads.map((one) => one.thread).join(", ");
  return {
    ...(isDevtools ? devtoolsAnswer(kind, taken) : pprofAnswer(kind, taken)),
    change: { subject: `${kind} profile`, from: null, to: `${seconds} s of ${names}` },
  };
}

interface Asked {
  readonly seconds: number;
  readonly thread: string | null;
  readonly isDevtools: boolean;
}

/** What is wrong with it as text. */
function readQuery(query: string, threads: readonly string[]): Asked | string {
  const parameters = new URLSearchParams(query);
  const known = ["seconds", "thread", "format"];
  const unknown = [...parameters.keys()].some((name) => !known.includes(name));
  if (unknown) return `the parameters are ${known.join(", ")}`;
  const seconds = parameters.get("seconds") ?? String(usualSeconds);
  if (!/^\d{1,2}(\.\d)?$/.test(seconds) || !isAllowed(Number(seconds))) {
    return `seconds goes from 0.1 to ${mostSeconds}`;
  }
  const thread = parameters.get("thread");
  const names = threads.join(", ");
  if (thread !== null && !threads.includes(thread)) return `the threads are ${names}`;
  const format = parameters.get("format") ?? "pprof";
  if (format !== "pprof" && format !== "devtools") return "format is pprof or devtools";
  const isDevtools = format === "devtools";
  if (isDevtools && thread === null) return `format=devtools takes one thread: ${names}`;
  return { seconds: Number(seconds), thread, isDevtools };
}

function isAllowed(seconds: number): boolean {
  return seconds >= 0.1 && seconds <= mostSeconds;
}

function pprofAnswer(kind: ProfileKind, { threads, ...times }: TakenProfile): AdminAnswer {
  const samples = threads.map(({ thread, json }) => {
    const profile: unknown = JSON.parse(json);
    const found =
      kind === "cpu" ? cpuSamples(profile as CpuProfile) : heapSamples(profile as HeapProfile);
    return { name: thread, samples: found };
  });
  const body = encodePprof({ types: types[kind], threads: samples, ...times });
  return attachment(body, "application/octet-stream", `evenkeel-${kind}.pb.gz`);
}

function devtoolsAnswer(kind: ProfileKind, { threads }: TakenProfile): AdminAnswer {
  const [only] = threads;
  if (only === undefined) return problemAnswer(503, "the thread ended meanwhile");
  const name = `evenkeel-${only.thread}.${kind}profile`;
  return attachment(only.json, "application/json", name);
}

function attachment(body: string | Buffer, contentType: string, name: string): AdminAnswer {
  const headers = { "Content-Disposition": `attachment; filename="${name}"` };
  return { status: 200, contentType, body, headers };
}
