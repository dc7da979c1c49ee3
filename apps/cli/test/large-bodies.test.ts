import { expect, test } from "vitest";
import { startProxyFor } from "./evenkeel.ts";
import { startBackend } from "./local-servers.ts";
import { peakResidentBytes, residentBytes } from "./resident-memory.ts";
import { type Framing, download, patternSha256, upload } from "./transfers.ts";

const MiB = 1024 * 1024;
const length = 100 * MiB;

test("100 MB up and down, with a length and in chunks, arrive whole and take no memory", async ({
  skip,
}) => {
  const sha256 = patternSha256(length);
  const backend = await startBackend("Server-1");
  const { origin, program } = await startProxyFor([backend.origin]);

  const transfer = async (framing: Framing): Promise<void> => {
    expect(await upload(origin, length, framing)).toEqual({ sha256, length, framing });
    expect(await download(origin, length, framing)).toEqual({ sha256, length, framing });
  };

  // The first 100 MB each way let the heap and the socket buffers grow to their working size. What
  // counts is whether more transfers need more: a leak or a missing backpressure would.
  await transfer("content-length");
  skip(process.platform !== "linux", "memory is read from /proc");
  const warm = residentBytes(program.pid);
  const peak = await peakResidentBytes(program.pid, async () => {
    await transfer("content-length");
    await transfer("chunked");
  });
  expect(peak - warm).toBeLessThan(64 * MiB);
});
