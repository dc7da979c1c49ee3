import type { Exchange } from "../exchange.ts";
import type { ReceivedBody } from "../request-body.ts";

/** A request body that arrived whole. */
export type CompleteBody = Extract<ReceivedBody, { kind: "complete" }>;

/** One thing this backend can answer, whatever the method. */
export interface Route {
  /** Matched exactly, or as a prefix when it ends with `/` and something follows. Undecoded. */
  readonly path: string;
  /**
   * Control routes stay usable while the backend fails: no fault and no `--fail-after` applies. A
   * health route is one too, except for faults that name its path.
   */
  readonly kind: "traffic" | "health" | "control";
  /** True when the route needs the body's hash and text. */
  readonly digestsBody?: boolean;
  /** Called after the whole request was read. */
  answer(exchange: Exchange, body: CompleteBody): void | Promise<void>;
}
