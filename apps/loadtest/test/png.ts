import { inflateSync } from "node:zlib";

/** A picture; a pixel is red, green and blue, 0 to 255. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixel: (x: number, y: number) => readonly [red: number, green: number, blue: number];
}

/** Reads what browsers write: 8 bits a channel, RGB or RGBA, not interlaced. */
export function decodePng(file: Buffer): Picture {
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  const [bits, kind, , , interlaced] = file.subarray(24, 29);
  if (bits !== 8 || (kind !== 2 && kind !== 6) || interlaced !== 0) {
    throw new Error(`a PNG of kind ${kind} with ${bits} bits is not for this decoder`);
  }
  const channels = kind === 6 ? 4 : 3;
  const bytes = unfiltered(inflateSync(imageData(file)), { width, height, channels });
  return {
    width,
    height,
    pixel: (x, y) => {
      const at = (y * width + x) * channels;
      return [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
    },
  };
}

function imageData(file: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const name = file.toString("latin1", at + 4, at + 8);
    if (name === "IDAT") parts.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return Buffer.concat(parts);
}

/** PNG specification, section 9: each line is the difference to its neighbours. */
function unfiltered(
  lines: Buffer,
  { width, height, channels }: { width: number; height: number; channels: number },
): Buffer {
  const stride = width * channels;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? (out[y * stride + x - channels] ?? 0) : 0;
      const above = y > 0 ? (out[(y - 1) * stride + x] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (out[(y - 1) * stride + x - channels] ?? 0) : 0;
      const raw = lines[y * (stride + 1) + 1 + x] ?? 0;
      out[y * stride + x] = raw + predicted(filter, left, above, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) return 0;
  const estimate = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((n) => Math.abs(estimate - n));
  if ((toLeft ?? 0) <= (toAbove ?? 0) && (toLeft ?? 0) <= (toCorner ?? 0)) return left;
  return (toAbove ?? 0) <= (toCorner ?? 0) ? above : corner;
}
