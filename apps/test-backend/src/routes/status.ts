import { answerJson } from "../answer-json.ts";
import { answerStatus } from "../answer-status.ts";
import { parseInteger } from "./parse-integer.ts";
import type { Route } from "./route.ts";

/** `/status/CODE`: answers with that code, 200 to 599. */
export const status: Route = {
  path: "/status/",
  kind: "traffic",
  answer(exchange) {
    const { response, argument } = exchange;
    const code = parseInteger(argument, { min: 200, max: 599 });
    if (code === undefined) answerJson(response, 400, { error: explainRefusal(argument) });
    else answerStatus(exchange, code);
  },
};

function explainRefusal(argument: string): string {
  if (/^1\d\d$/.test(argument)) {
    return `/status/${argument}: an informational response cannot be the final one`;
  }
  return `/status/CODE needs a code from 200 to 599, got "${argument}"`;
}
