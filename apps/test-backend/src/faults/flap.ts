import { answerStatus } from "../answer-status.ts";
import type { Port } from "../port.ts";
import {
  defineFault,
  type FaultKind,
  type FaultVerdict,
  type PortAction,
  type RequestAction,
} from "./fault.ts";
import { parameter, positiveDuration, type Reader, wholeNumber } from "./parameter.ts";

interface Rhythm {
  readonly up: number;
  readonly down: number;
}

const code = wholeNumber(200, 999);
const way: Reader<"refuse" | number> = {
  form: "refuse, or a status from 200 to 999",
  read: (text) => (text === "refuse" ? { ok: true, value: text } : code.read(text)),
};

/** Is up for a while, then down for a while, and so on; it begins up. */
export const flap: FaultKind = defineFault<Rhythm & { as: "refuse" | number }>({
  name: "flap",
  summary: "up for a while, down for a while, again and again",
  example: "flap,up=2s,down=2s,as=503",
  main: "as",
  parameters: {
    as: parameter(way, "when down: refuse connections, or answer a status", "refuse"),
    up: parameter(positiveDuration, "how long it works", "2s"),
    down: parameter(positiveDuration, "how long it does not", "2s"),
  },
  create: ({ as, up, down }) =>
    as === "refuse" ? flapPort({ up, down }) : flapStatus({ up, down }, as),
});

function flapStatus({ up, down }: Rhythm, status: number): RequestAction {
  return {
    scope: "request",
    stage: "answer",
    strikesAt: (elapsedMs) => elapsedMs % (up + down) >= up,
    async apply(exchange): Promise<FaultVerdict> {
      if ((await exchange.body()).kind === "complete") {
        answerStatus(exchange, status, { fault: "flap" });
      }
      return "taken";
    },
  };
}

function flapPort({ up, down }: Rhythm): PortAction {
  let timer: NodeJS.Timeout | undefined;
  let isDown = false;
  /** By the clock, not by the last turn: late timers must not add up. */
  const turnAt = (port: Port, at: number): void => {
    const delayMs = Math.max(0, at - performance.now());
    timer = setTimeout(() => {
      isDown = !isDown;
      if (isDown) port.refuse("close");
      else port.accept();
      turnAt(port, at + (isDown ? down : up));
    }, delayMs);
  };
  return {
    scope: "port",
    locksOut: false,
    begin: (port) => turnAt(port, performance.now() + up),
    end(port) {
      clearTimeout(timer);
      if (isDown) port.accept();
      isDown = false;
    },
  };
}
