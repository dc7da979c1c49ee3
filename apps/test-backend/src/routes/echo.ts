import { answerJson } from "../answer-json.ts";
import type { Route } from "./route.ts";

/** The JSON that `/echo` answers. Strings hold one character per byte (latin1), undecoded. */
export interface EchoAnswer {
  readonly backend: string;
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  /** In arrival order and original case, duplicates included. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly trailers: readonly (readonly [name: string, value: string])[];
  readonly bodyLength: number;
  readonly bodySha256: string;
  /** null above 16 KiB. */
  readonly body: string | null;
  readonly connectionId: number;
  readonly requestsOnConnection: number;
}

/** `/echo`: exactly what arrived. */
export const echo: Route = {
  path: "/echo",
  kind: "traffic",
  digestsBody: true,
  answer({ backend, request, response, connection }, body) {
    const answer: EchoAnswer = {
      backend: backend.name,
      method: request.method ?? "",
      target: request.url ?? "",
      httpVersion: request.httpVersion,
      headers: toPairs(request.rawHeaders),
      trailers: toPairs(request.rawTrailers),
      bodyLength: body.length,
      bodySha256: body.digest?.sha256 ?? "",
      body: body.digest?.text ?? null,
      connectionId: connection.id,
      requestsOnConnection: connection.requests,
    };
    answerJson(response, 200, answer);
  },
};

function toPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] ?? "", flat[i + 1] ?? ""]);
  return pairs;
}
