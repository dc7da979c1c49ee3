import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { backendProfile } from "../strict/profiles.ts";
import { type StrictRequest, parseRequests } from "../strict/request.ts";
import { inChunks, interim, withLength, write } from "./answers.ts";
import type { Fault } from "./faults.ts";
import { idIn, responseBodyOf } from "./oracle.ts";
import type { Random } from "./random.ts";

export interface ConnectionPlan {
  /** Null behaves. */
  readonly fault: Fault | null;
  /** Requests that are answered well before the fault, or before the connection retires. */
  readonly goodRequests: number;
}

/** What all connections of the backends share. */
export interface BackendLedger {
  readonly random: Random;
  readonly onRequest: (request: StrictRequest) => void;
  /** Several requests arrived in one piece. */
  readonly onBatch: (requests: number) => void;
  readonly onViolation: (reason: string) => void;
  /** Idle connections that wait for the proxy to stand still, with what they will write then. */
  readonly waitingForStall: Map<FaultyConnection, string>;
}

/** One accepted connection: answers in order, and goes wrong at most once. */
export class FaultyConnection {
  readonly socket: Socket;
  readonly #plan: ConnectionPlan;
  readonly #ledger: BackendLedger;
  readonly #queue: StrictRequest[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #answered = 0;
  #isBusy = false;
  #isOver = false;

  private constructor(socket: Socket, plan: ConnectionPlan, ledger: BackendLedger) {
    this.socket = socket;
    this.#plan = plan;
    this.#ledger = ledger;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", () => {});
    socket.on("close", () => ledger.waitingForStall.delete(this));
  }

  /** It lives from the events of its socket. */
  static serve(socket: Socket, plan: ConnectionPlan, ledger: BackendLedger): FaultyConnection {
    return new FaultyConnection(socket, plan, ledger);
  }

  get random(): Random {
    return this.#ledger.random;
  }

  /** Nothing else was asked on this connection by now. */
  get isLast(): boolean {
    return this.#queue.length === 0 && this.#bytes.length === 0;
  }

  readonly leave = (isReset: boolean): void => {
    this.#isOver = true;
    if (isReset) this.socket.resetAndDestroy();
    else this.socket.end();
  };

  later(act: () => void): void {
    void sleep(this.random.below(100)).then(act);
  }

  /** Writes what nobody asked for, unless the connection is in use; false when it is. */
  stray(text: string): boolean {
    const isIdle = !this.#isBusy && this.isLast && this.socket.writable;
    if (isIdle) this.socket.write(text);
    return isIdle;
  }

  whenStalled(text: string): void {
    this.#ledger.waitingForStall.set(this, text);
  }

  /** Answers as soon as it is known which request this is, and closes unread. */
  answerEarly(): void {
    const line = this.#bytes.toString("latin1", 0, 200);
    const target = /^\S+ (\S+) /.exec(line)?.[1] ?? "";
    const isHead = line.startsWith("HEAD ");
    const body = responseBodyOf(idIn(target) ?? "");
    const head =
      `HTTP/1.1 200 OK\r\nX-Echo: ${idIn(target)}\r\nX-Echo-Request: early\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    write(this.socket, { head, body: isHead ? Buffer.alloc(0) : body });
    this.leave(false);
  }

  get #isDue(): boolean {
    return this.#answered >= this.#plan.goodRequests;
  }

  #receive(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const { fault } = this.#plan;
    if (fault?.when === "arrival" && this.#isDue && !this.#isBusy) {
      fault.act(this);
      return;
    }
    const { requests, consumed, rest, reason } = parseRequests(this.#bytes, backendProfile);
    this.#bytes = this.#bytes.subarray(consumed);
    if (rest === "malformed") this.#ledger.onViolation(reason);
    this.#queue.push(...requests);
    for (const request of requests) this.#ledger.onRequest(request);
    if (requests.length > 1) this.#ledger.onBatch(requests.length);
    if (!this.#isBusy) void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#isBusy = true;
    while (this.#queue.length > 0 && !this.#isOver) {
      if (this.random.chance(0.05)) await sleep(this.random.below(20));
      this.#answerNext();
    }
    this.#isBusy = false;
    if (!this.isLast || this.#isOver || !this.#isDue) return;
    if (this.#plan.fault === null) this.leave(false);
    else if (this.#plan.fault.when === "idle") this.#plan.fault.act(this);
  }

  #answerNext(): void {
    const request = this.#queue.shift() as StrictRequest;
    const { fault } = this.#plan;
    if (fault?.when === "answer" && this.#isDue) {
      this.#isOver = true;
      fault.act(this, request);
      return;
    }
    this.#answered++;
    if (this.random.chance(0.05)) this.socket.write(interim(request).repeat(2));
    write(
      this.socket,
      this.random.chance(0.5) ? withLength(request) : inChunks(request, this.random),
    );
  }
}
