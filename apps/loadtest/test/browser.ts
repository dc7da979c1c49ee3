import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** Names of what can be driven, the likeliest first. */
const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/** Where a Chromium is: `EVENKEEL_CHROMIUM`, or on the path; undefined where there is none. */
export function findChromium(): string | undefined {
  const wanted = process.env["EVENKEEL_CHROMIUM"];
  if (wanted !== undefined && wanted !== "") return wanted;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One message of the DevTools protocol. */
export interface DevToolsEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface Answer extends Partial<DevToolsEvent> {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A headless Chromium with one page, driven over a pipe: no port, and nothing to install. */
export class Browser {
  readonly events: DevToolsEvent[] = [];
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #waiting: Map<number, PromiseWithResolvers<Answer>> = new Map();
  #sessionId: string | undefined;
  #sent = 0;

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    this.#listen();
  }

  static async launch(chromium: string): Promise<Browser> {
    const folder = await mkdtemp(join(tmpdir(), "chromium-test-"));
    const isRoot = process.getuid?.() === 0;
    const flags = [
      "--headless",
      "--remote-debugging-pipe",
      "--disable-gpu",
      "--no-first-run",
      "--force-color-profile=srgb",
      `--user-data-dir=${folder}`,
      // The sandbox needs rights that root in a container does not give away.
      ...(isRoot ? ["--no-sandbox"] : []),
    ];
    const child = spawn(chromium, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    const browser = new Browser(child, folder);
    await browser.#openPage();
    return browser;
  }

  /** @throws the protocol's own message. */
  async send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#sent;
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.set(id, answer);
    const session = this.#sessionId === undefined ? {} : { sessionId: this.#sessionId };
    const input = this.#process.stdio[3] as Writable;
    input.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { result = {}, error } = await answer.promise;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Opens `url` and waits until it is loaded. */
  async open(url: string): Promise<void> {
    this.events.length = 0;
    await this.send("Page.navigate", { url });
    while (!this.events.some(({ method }) => method === "Page.loadEventFired")) await delay(20);
  }

  /** The value of `expression` in the page; promises are awaited. */
  async evaluate(expression: string): Promise<unknown> {
    const params = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", params);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value?: unknown }).value;
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#process.once("exit", () => resolve()));
    this.#process.kill("SIGKILL");
    await ended;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  async #openPage(): Promise<void> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    this.#sessionId = String(sessionId);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
  }

  #listen(): void {
    let text = "";
    (this.#process.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const messages = (text + chunk).split("\0");
      text = messages.pop() ?? "";
      for (const message of messages) this.#hear(JSON.parse(message) as Answer);
    });
    const fail = (error: Error): void => {
      for (const { reject } of this.#waiting.values()) reject(error);
    };
    this.#process.once("error", fail);
    this.#process.once("exit", (code) => fail(new Error(`Chromium ended with code ${code}`)));
  }

  #hear(message: Answer): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.resolve(message);
      this.#waiting.delete(message.id);
    } else if (message.method !== undefined) {
      this.events.push({ method: message.method, params: message.params ?? {} });
    }
  }
}
