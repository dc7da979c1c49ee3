import { answerJson } from "../answer-json.ts";
import { parseInteger } from "./parse-integer.ts";
import type { Route } from "./route.ts";

const maxDelayMs = 60 * 60 * 1000;

/** `/delay/MS`: answers after that many milliseconds, an hour at most. */
export const delay: Route = {
  path: "/delay/",
  kind: "traffic",
  async answer(exchange) {
    const { backend, response, argument } = exchange;
    const delayMs = parseInteger(argument, { min: 0, max: maxDelayMs });
    if (delayMs === undefined) {
      const error = `/delay/MS needs milliseconds from 0 to ${maxDelayMs}, got "${argument}"`;
      answerJson(response, 400, { error });
      return;
    }
    if ((await exchange.wait(delayMs)) === "gone") return;
    answerJson(response, 200, { backend: backend.name, delayMs });
  },
};
