import { CsvFile } from "../observation/csv-file.ts";
import type { Visit } from "./visit.ts";

const headings = ["session", "visit", "status", "backend", "new_cookie"];

/** Writes every visit, session by session; without a response its status is empty. */
export async function writeVisits(
  file: string,
  sessions: readonly (readonly Visit[])[],
): Promise<void> {
  const csv = new CsvFile(file, headings);
  for (const [session, visits] of sessions.entries()) {
    for (const [visit, { status, backend, hasNewCookie }] of visits.entries()) {
      csv.row([session, visit, status === 0 ? null : status, backend, Number(hasNewCookie)]);
    }
  }
  await csv.close();
}
