import { once } from "node:events";
import { WebSocket } from "ws";
import type { SpawnedProxy } from "./spawned-proxy.ts";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId: string; readonly message: string };
  readonly result?: { readonly usedSize: number };
}

/** The heaps of another process's threads, over its inspector. */
export class HeapWatch {
  readonly #socket: WebSocket;
  readonly #workers: string[] = [];
  /** By session ("" is the main thread) and id. */
  readonly #waiting: Map<string, (message: Message) => void> = new Map();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      this.#take("", JSON.parse(data.toString()) as Message);
    });
  }

  static async open(proxy: SpawnedProxy): Promise<HeapWatch> {
    const socket = new WebSocket(await proxy.inspectorUrl());
    await once(socket, "open");
    const heap = new HeapWatch(socket);
    await heap.#ask("", "NodeWorker.enable", { waitForDebuggerOnStart: false });
    return heap;
  }

  /** What is left after two garbage collections: of the main thread, then of each worker. */
  async usedBytes(): Promise<readonly number[]> {
    const used: number[] = [];
    for (const session of ["", ...this.#workers]) {
      await this.#ask(session, "HeapProfiler.collectGarbage");
      await this.#ask(session, "HeapProfiler.collectGarbage");
      const { result } = await this.#ask(session, "Runtime.getHeapUsage");
      used.push(result?.usedSize ?? Number.NaN);
    }
    return used;
  }

  async #ask(session: string, method: string, params: object = {}): Promise<Message> {
    const id = ++this.#lastId;
    const answered = new Promise<Message>((resolve) => {
      this.#waiting.set(`${session}#${id}`, resolve);
    });
    const text = JSON.stringify({ id, method, params });
    if (session === "") this.#socket.send(text);
    else {
      void this.#ask("", "NodeWorker.sendMessageToWorker", { message: text, sessionId: session });
    }
    return await answered;
  }

  #take(session: string, message: Message): void {
    const { id, method, params } = message;
    if (id !== undefined) {
      this.#waiting.get(`${session}#${id}`)?.(message);
      this.#waiting.delete(`${session}#${id}`);
    } else if (method === "NodeWorker.attachedToWorker" && params !== undefined) {
      this.#workers.push(params.sessionId);
    } else if (method === "NodeWorker.receivedMessageFromWorker" && params !== undefined) {
      this.#take(params.sessionId, JSON.parse(params.message) as Message);
    }
  }
}
