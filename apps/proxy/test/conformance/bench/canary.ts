import { randomUUID } from "node:crypto";
import { parseResponses } from "../strict/response.ts";
import { RawClient } from "./raw-client.ts";

const boundMs = 5_000;
/** What the recorder says, and the proxy's Date: any other field is from another's response. */
const ownFields = "content-type,x-recorder-id,content-length,date";

/** A request of somebody else on a connection of its own; what is wrong with its answer, or null. */
export async function sendCanary(port: number): Promise<string | null> {
  const target = `/canary-${randomUUID()}`;
  const client = await RawClient.connect(port);
  await client.send([Buffer.from(`GET ${target} HTTP/1.1\r\nHost: canary.test\r\n\r\n`)]);
  const answer = (): ReturnType<typeof parseResponses> =>
    parseResponses(client.received, () => "GET", client.ending);
  const isAnswered = await client.until(
    () => answer().responses.length > 0 || client.ending !== "open",
    boundMs,
  );
  client.reset();
  const { responses } = answer();
  const [response] = responses;
  if (!isAnswered || response === undefined) {
    return `canary ${target}: no answer (${client.ending}) ${show(client.received)}`;
  }
  const isOwn =
    response.status === 200 &&
    response.body.includes(`"target":"${target}"`) &&
    response.fields.map(({ name }) => name).join() === ownFields;
  return isOwn && responses.length === 1 ? null : `canary ${target} got ${show(client.received)}`;
}

export function show(bytes: Buffer): string {
  return JSON.stringify(bytes.toString("latin1", 0, 600));
}
