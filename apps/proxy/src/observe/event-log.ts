import { pino } from "pino";

export type EventLevel = "info" | "warn" | "error";

/** One thing that happened to the balancer itself, with the facts as fields. */
export type EventLog = (
  level: EventLevel,
  message: string,
  fields?: Record<string, unknown>,
) => void;

/**
 * Events go to stderr, apart from access records: JSON lines for machines, one readable line each on
 * a terminal.
 */
export function createEventLog(): EventLog {
  if (process.stderr.isTTY) return terminalLine;
  const logger = pino({ base: null }, pino.destination({ dest: 2, sync: true }));
  return (level, message, fields = {}) => logger[level](fields, message);
}

function terminalLine(level: EventLevel, message: string): void {
  const time = new Date().toTimeString().slice(0, 8);
  process.stderr.write(`${time} ${level.toUpperCase().padEnd(5)} ${message}\n`);
}
