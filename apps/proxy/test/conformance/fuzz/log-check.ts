import type { ProxyUnderTest } from "../bench/proxy-under-test.ts";
import type { RecordedRequest } from "../bench/recorder.ts";
import { loggedAsForwarded } from "../invariants.ts";
import { valuesOf } from "../strict/grammar.ts";

/** Joins the access log with what the backend saw (I2), a bit later, because the log is written late. */
export class LogCheck {
  readonly #proxy: ProxyUnderTest;
  #open: Map<string, RecordedRequest> = new Map();

  constructor(proxy: ProxyUnderTest) {
    this.#proxy = proxy;
  }

  check(requests: readonly RecordedRequest[]): string[] {
    for (const request of requests) {
      this.#open.set(valuesOf(request.fields, "x-request-id").join(), request);
    }
    const log = this.#proxy.log.splice(0);
    const logged = log.flatMap(({ request_id }) => {
      const request = this.#open.get(request_id);
      this.#open.delete(request_id);
      return request === undefined ? [] : [request];
    });
    return loggedAsForwarded({ log }, logged);
  }

  /** After the proxy has stopped, when every line is written. */
  finish(): string[] {
    const problems = this.check([]);
    return [...problems, ...loggedAsForwarded({ log: [] }, [...this.#open.values()])];
  }
}
