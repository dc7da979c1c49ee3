/** How the same bytes are cut into writes; the proxy's verdict must not depend on it (I8). */
export const schedules = ["whole", "bytes", "after-crlf", "inside-crlf"] as const;
export type Schedule = (typeof schedules)[number];

export function segmentsOf(bytes: Buffer, schedule: Schedule): Buffer[] {
  return cuts[schedule](bytes);
}

const cuts: Readonly<Record<Schedule, (bytes: Buffer) => Buffer[]>> = {
  whole: (bytes) => [bytes],
  bytes: (bytes) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
  "after-crlf": (bytes) => cutAtCrlf(bytes, 2),
  "inside-crlf": (bytes) => cutAtCrlf(bytes, 1),
};

function cutAtCrlf(bytes: Buffer, offset: number): Buffer[] {
  const segments: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf("\r\n"); at !== -1; at = bytes.indexOf("\r\n", at + 2)) {
    segments.push(bytes.subarray(start, at + offset));
    start = at + offset;
  }
  segments.push(bytes.subarray(start));
  return segments.filter(({ length }) => length > 0);
}
