// autocannon ships no types; this is the little that we use of 9.0.0.
declare module "autocannon" {
  import type { AutocannonClient } from "./autocannon-client.ts";

  interface Options {
    readonly url: string;
    readonly connections: number;
    readonly amount: number;
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly setupClient: (client: AutocannonClient) => void;
  }

  interface Tracker {
    stop(): void;
  }

  function autocannon(options: Options, done: (error: Error | null) => void): Tracker;
  export default autocannon;
}
