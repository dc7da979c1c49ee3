import type { Backend, Scoreboard } from "@evenkeel/core";
import { type PlacedConfig, poolMembers } from "./generation/placed-config.ts";
// Not from the package's index: see listen-error.ts.
import { formatBackendUrl } from "@evenkeel/config/backend-url";
import type { Refusal } from "./refusal.ts";

/** What of the request and the moment goes into the answer. */
interface StatusFacts {
  /** HTTP date. */
  readonly date: string;
  readonly closes: boolean;
  readonly isHead: boolean;
}

export const statusIsRead: Refusal = {
  status: 405,
  error: "http_request_error",
  detail: "this path takes GET and HEAD",
  allow: "GET, HEAD",
};

/** Which backends get new requests, on the port of the traffic: for clients that have no other. */
export class StatusPage {
  readonly path: string;
  readonly #config: () => PlacedConfig | null;
  readonly #scoreboard: Scoreboard;
  #shown: PlacedConfig | null = null;
  #version: number | null = null;
  #text = "";

  /** `config` is the one in force; there is none before the first. */
  constructor(path: string, config: () => PlacedConfig | null, scoreboard: Scoreboard) {
    this.path = path;
    this.#config = config;
    this.#scoreboard = scoreboard;
  }

  /** Whatever query follows. */
  isAskedBy(target: string): boolean {
    if (!target.startsWith(this.path)) return false;
    return (
      target.length === this.path.length || target.charCodeAt(this.path.length) === questionMark
    );
  }

  answer({ date, closes, isHead }: StatusFacts): string {
    const text = this.#current();
    return (
      `HTTP/1.1 200 OK\r\nDate: ${date}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${text.length}\r\nCache-Control: no-store\r\n` +
      (closes ? "Connection: close\r\n\r\n" : "\r\n") +
      (isHead ? "" : text)
    );
  }

  /** Written anew only when a backend's readiness or the configuration has changed. */
  #current(): string {
    const { readyVersion } = this.#scoreboard;
    const config = this.#config();
    if (this.#version === readyVersion && this.#shown === config) return this.#text;
    this.#version = readyVersion;
    this.#shown = config;
    this.#text = statusText(config === null ? [] : poolMembers(config).flat(), this.#scoreboard);
    return this.#text;
  }
}

const questionMark = 0x3f;

/** `alive`: it may be sent requests now. */
export function statusText(backends: readonly Backend[], scoreboard: Scoreboard): string {
  const shown = backends.map((backend) => {
    return { url: formatBackendUrl(backend), alive: scoreboard.isReady(backend.slot) };
  });
  return `${JSON.stringify({ backends: shown })}\n`;
}
