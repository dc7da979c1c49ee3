import { answerJson } from "../answer-json.ts";
import type { Exchange } from "../exchange.ts";
import { parseInteger } from "./parse-integer.ts";
import type { Route } from "./route.ts";

const defaultEvents = 5;
const maxEvents = 1_000_000;
const defaultIntervalMs = 100;
const maxIntervalMs = 60 * 60 * 1000;

/**
 * `/sse`: server-sent events, each with an id and one line of JSON. `?events=N` (5) and `?interval=MS`
 * (100) between two of them; the first is sent at once. A client that comes back with `Last-Event-ID`
 * gets the events after that one.
 */
export const sse: Route = {
  path: "/sse",
  kind: "traffic",
  async answer(exchange) {
    const query = exchange.query();
    const lastId = exchange.request.headers["last-event-id"];
    const events = parseInteger(query.get("events") ?? String(defaultEvents), {
      min: 0,
      max: maxEvents,
    });
    const intervalMs = parseInteger(query.get("interval") ?? String(defaultIntervalMs), {
      min: 0,
      max: maxIntervalMs,
    });
    const seen = parseInteger(typeof lastId === "string" ? lastId : "0", {
      min: 0,
      max: maxEvents,
    });
    if (events === undefined || intervalMs === undefined || seen === undefined) {
      const error = `/sse takes events up to ${maxEvents}, interval up to ${maxIntervalMs} (ms), Last-Event-ID a number`;
      answerJson(exchange.response, 400, { error });
      return;
    }
    await sendEvents(exchange, { from: seen + 1, to: events, intervalMs });
  },
};

interface EventSpan {
  /** Ids. */
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
}

async function sendEvents(exchange: Exchange, { from, to, intervalMs }: EventSpan): Promise<void> {
  const { backend, request, response } = exchange;
  response.setHeader("Content-Type", "text/event-stream");
  response.setHeader("Cache-Control", "no-store");
  response.flushHeaders();
  for (let id = from; id <= to && request.method !== "HEAD"; id++) {
    if (id > from && (await exchange.wait(intervalMs)) === "gone") return;
    const data = JSON.stringify({ backend: backend.name, event: id, of: to });
    response.write(`id: ${id}\ndata: ${data}\n\n`);
  }
  response.end();
}
