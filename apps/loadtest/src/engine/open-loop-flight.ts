import type { Dispatcher } from "undici";
import { classifyClientError } from "./classify-client-error.ts";
import type { ClientOutcome } from "./client-ledger.ts";

/** An outcome, with what else was seen of the response. */
export type FlightOutcome = ClientOutcome & {
  readonly bodyBytes?: number;
  readonly body?: string;
  /** The system's or undici's code, where there was one. */
  readonly code?: string | undefined;
};

/** Who hears about a request. */
export interface FlightListener {
  /** Exactly once: the outcome. */
  settled(flight: Flight, outcome: FlightOutcome): void;
  /** Exactly once, not before `settled`: the connection is free or gone. */
  landed(flight: Flight): void;
}

/**
 * One request in the hands of undici. The outcome is fixed by whatever comes first: the end of the response,
 * an error, or `giveUp`; the connection may need longer, for example while it is still being made.
 */
export class Flight implements Dispatcher.DispatchHandler {
  readonly index: number;
  /** Milliseconds since the start of the run. */
  readonly deadlineMs: number;
  readonly #listener: FlightListener;
  readonly #backendField: string;
  #controller: Dispatcher.DispatchController | undefined;
  #isSettled = false;
  #isLanded = false;
  #status = 0;
  #backend: string | undefined;
  #bodyBytes = 0;
  readonly #body: Buffer[] | undefined;

  constructor(
    request: {
      readonly index: number;
      readonly deadlineMs: number;
      readonly backendField: string;
      /** Keeps the body for the outcome. */
      readonly readsBody?: boolean;
    },
    listener: FlightListener,
  ) {
    this.#body = request.readsBody === true ? [] : undefined;
    this.index = request.index;
    this.deadlineMs = request.deadlineMs;
    this.#backendField = request.backendField.toLowerCase();
    this.#listener = listener;
  }

  /** Ends it from our side, with `outcome`. */
  giveUp(outcome: FlightOutcome): void {
    this.#settle(outcome);
    this.#controller?.abort(new Error(outcome.kind));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isSettled) controller.abort(new Error("given up before it was written"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    const backend = headers[this.#backendField];
    this.#backend = Array.isArray(backend) ? backend.join(", ") : backend;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle({
      kind: "response",
      status: this.#status,
      backend: this.#backend,
      bodyBytes: this.#bodyBytes,
      ...(this.#body === undefined ? {} : { body: Buffer.concat(this.#body).toString("utf8") }),
    });
    this.#land();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    this.#settle({ kind: "error", error: classifyClientError(error), code });
    this.#land();
  }

  #settle(outcome: FlightOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#listener.settled(this, outcome);
  }

  #land(): void {
    if (this.#isLanded) return;
    this.#isLanded = true;
    this.#listener.landed(this);
  }
}
