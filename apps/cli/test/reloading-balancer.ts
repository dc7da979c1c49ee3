import { rename, writeFile } from "node:fs/promises";
import { request } from "undici";
import {
  type Config,
  type RunningBalancer,
  spawnEvenkeel,
  whenListening,
  writeConfig,
} from "./evenkeel.ts";

export interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A balancer whose file can be written anew, with an admin listener. */
export class ReloadingBalancer {
  readonly balancer: RunningBalancer;
  readonly file: string;
  readonly #admin: string;

  private constructor(balancer: RunningBalancer, file: string, admin: string) {
    this.balancer = balancer;
    this.file = file;
    this.#admin = admin;
  }

  static async start(config: Config, flags: readonly string[] = []): Promise<ReloadingBalancer> {
    const file = await writeConfig("evenkeel.json", textOf(config));
    const program = spawnEvenkeel("proxy", "--config", file, ...flags);
    const balancer = await whenListening(program);
    const { admin } = await program.jsonLine((line) => typeof line["admin"] === "string");
    return new ReloadingBalancer(balancer, file, `http://${String(admin)}`);
  }

  async write(config: Config): Promise<void> {
    await writeFile(this.file, textOf(config));
  }

  /** As editors do it. */
  async replace(config: Config): Promise<void> {
    await writeFile(`${this.file}~`, textOf(config));
    await rename(`${this.file}~`, this.file);
  }

  /** Answers what the balancer answered. */
  async reload(): Promise<Answer> {
    return await this.ask("POST", "/admin/reload");
  }

  /** Resolves when the log says that this generation is in force. */
  async inForce(generation: number): Promise<void> {
    await this.balancer.program.jsonLine((line) => line["generation"] === generation);
  }

  async ask(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: string | object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const sent =
      body === undefined
        ? {}
        : {
            body: typeof body === "string" ? body : JSON.stringify(body),
            headers: { "content-type": "application/json", ...headers },
          };
    const answer = await request(this.#admin + path, { method, headers, ...sent });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      etag: String(answer.headers["etag"]),
      body: text === "" ? {} : (JSON.parse(text) as Answer["body"]),
    };
  }
}

function textOf(config: Config): string {
  const defaults = {
    workers: 2,
    listeners: [{ address: "127.0.0.1:0" }],
    admin: "127.0.0.1:0",
    accessLog: "off",
  };
  return JSON.stringify({ ...defaults, ...config });
}
