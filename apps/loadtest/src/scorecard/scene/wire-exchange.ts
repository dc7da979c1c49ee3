import { setTimeout as sleep } from "node:timers/promises";
import { WireClient } from "../wire/wire-client.ts";
import type { WireAnswer } from "../wire/wire-client.ts";
import type { WireExchange } from "./scene.ts";

const longestAnswerMs = 5000;
/** For a second answer that should not come, and for a connection that is about to close. */
const settlingMs = 150;

/** Sends each piece when the one before it was answered, and gives everything that came back. */
export async function exchangeOnWire(
  port: number,
  { send, pauseMs = 0, timeoutMs = longestAnswerMs }: WireExchange,
  host?: string,
): Promise<WireAnswer> {
  const client = new WireClient(port, host);
  const pieces = typeof send === "string" ? [send] : send;
  try {
    for (const [index, piece] of pieces.entries()) {
      if (index > 0 && pauseMs > 0) await sleep(pauseMs);
      client.send(piece);
      await client.untilAnswered(timeoutMs, index + 1);
    }
    await client.until(() => false, settlingMs);
    return client.take();
  } finally {
    client.close();
    // What the balancer still forwards belongs to this exchange, not to the next one.
    await sleep(20);
  }
}
