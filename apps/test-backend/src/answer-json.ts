import type { ServerResponse } from "node:http";

/** Answers with a JSON body of known length. Does nothing more when the client is gone. */
export function answerJson(response: ServerResponse, status: number, value: object): void {
  if (response.destroyed) return;
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Content-Length", body.length);
  response.end(body);
}
