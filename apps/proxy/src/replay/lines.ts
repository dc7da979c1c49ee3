/** No record of ours is that long: a target has at most 64 KiB. */
const longestLine = 256 * 1024;
const newline = 0x0a;

/** The lines of a stream, one by one; null for one that is too long to be a record. Holds one line at most. */
export async function* linesOf(
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<string | null, void, void> {
  let rest: Buffer = Buffer.alloc(0);
  let isTooLong = false;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = Buffer.concat([rest, chunk.subarray(start, end)]);
      rest = Buffer.alloc(0);
      start = end + 1;
      if (isTooLong || line.length > longestLine) yield null;
      else if (line.length > 0) yield line.toString();
      isTooLong = false;
    }
    rest = Buffer.concat([rest, chunk.subarray(start)]);
    if (rest.length <= longestLine) continue;
    isTooLong = true;
    rest = Buffer.alloc(0);
  }
  if (isTooLong) yield null;
  else if (rest.length > 0) yield rest.toString();
}
