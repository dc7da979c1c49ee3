import type { Dispatcher } from "undici";
import { classifyClientError } from "./classify-client-error.ts";
import type { ClientOutcome } from "./client-ledger.ts";

/** Who hears about a request. */
export interface FlightListener {
  /** Exactly once: the outcome. */
  settled(flight: Flight, outcome: ClientOutcome): void;
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

  constructor(
    request: { readonly index: number; readonly deadlineMs: number; readonly backendField: string },
    listener: FlightListener,
  ) {
    this.index = request.index;
    this.deadlineMs = request.deadlineMs;
    this.#backendField = request.backendField.toLowerCase();
    this.#listener = listener;
  }

  /** Ends it from our side, with `outcome`. */
  giveUp(outcome: ClientOutcome): void {
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

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#settle({ kind: "response", status: this.#status, backend: this.#backend });
    this.#land();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle({ kind: "error", error: classifyClientError(error) });
    this.#land();
  }

  #settle(outcome: ClientOutcome): void {
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
