import { defineFault, type FaultKind } from "./fault.ts";
import { duration, parameter, type Reader, refused, size } from "./parameter.ts";
import { shapeResponse } from "./shape-response.ts";

const piece: Reader<number> = {
  form: size.form,
  read(text) {
    const bytes = size.read(text);
    return bytes.ok && bytes.value === 0 ? refused("it must not be 0") : bytes;
  },
};

/** Sends the body in small pieces, with a pause between them. */
export const drip: FaultKind = defineFault<{ bytes: number; every: number }>({
  name: "drip",
  summary: "sends the body byte by byte",
  example: "drip=10B,every=100ms",
  main: "bytes",
  parameters: {
    bytes: parameter(piece, "sent at a time", "1B"),
    every: parameter(duration, "pause between two pieces", "50ms"),
  },
  create: ({ bytes, every }) => ({
    scope: "request",
    stage: "shape",
    apply(exchange) {
      shapeResponse(exchange, { pieceBytes: bytes, everyMs: every });
      return "continue";
    },
  }),
});
