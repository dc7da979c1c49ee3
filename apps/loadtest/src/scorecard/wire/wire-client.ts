import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readMessage, statusOf, type WireMessage } from "./message.ts";

/** Everything that came back for what was sent. */
export interface WireAnswer {
  /** In order, 1xx included. */
  readonly messages: readonly WireMessage[];
  /** What follows the last message and is none. */
  readonly rest: string;
  /** Whether the balancer ended the connection, and how, before we did. */
  readonly ending: "closed" | "reset" | "open";
}

/** One connection to the balancer: what is written arrives byte for byte. */
export class WireClient {
  readonly #socket: Socket;
  #received = "";
  #ending: WireAnswer["ending"] = "open";
  #wake: () => void = () => {};

  constructor(port: number, host = "127.0.0.1") {
    this.#socket = connect({ port, host });
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    this.#socket.on("error", () => {
      this.#ending = "reset";
    });
    this.#socket.on("end", () => {
      if (this.#ending === "open") this.#ending = "closed";
      this.#wake();
    });
    this.#socket.on("close", () => {
      if (this.#ending === "open") this.#ending = "closed";
      this.#wake();
    });
  }

  /** One byte per character. */
  send(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** What came since the last call, read as responses. */
  take(): WireAnswer {
    const messages: WireMessage[] = [];
    let text = this.#received;
    for (;;) {
      const isEnded = this.#ending !== "open";
      const message = readMessage(text, { kind: "response", isEnded });
      if (message === undefined) break;
      messages.push(message);
      text = text.slice(message.length);
      if (!message.isComplete) break;
    }
    this.#received = "";
    return { messages, rest: text, ending: this.#ending };
  }

  /** All that came so far and was not taken, byte for byte. */
  get received(): string {
    return this.#received;
  }

  /** Waits until `finals` complete final responses have come, the connection ends, or time is up. */
  async untilAnswered(withinMs: number, finals = 1): Promise<void> {
    await this.until(() => this.#finalAnswers() >= finals, withinMs);
  }

  /** Waits until `condition`, which is asked whenever something came, the connection ends, or time is up. */
  async until(condition: () => boolean, withinMs: number): Promise<void> {
    const endsAt = performance.now() + withinMs;
    while (this.#ending === "open" && !condition()) {
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0) return;
      const news = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([news, sleep(leftMs, undefined, { ref: false })]);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #finalAnswers(): number {
    let count = 0;
    let text = this.#received;
    for (;;) {
      const message = readMessage(text, { kind: "response", isEnded: false });
      if (message?.isComplete !== true) return count;
      if (statusOf(message) >= 200) count += 1;
      text = text.slice(message.length);
    }
  }
}
