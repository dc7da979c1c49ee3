import { defineFault, type FaultKind } from "./fault.ts";
import { optional, size } from "./parameter.ts";
import { shapeResponse } from "./shape-response.ts";

/** Promises the whole body, by Content-Length or chunks, and closes (FIN) before its end. */
export const truncate: FaultKind = defineFault<{ after: number | undefined }>({
  name: "truncate",
  summary: "closes (FIN) in the middle of the body, which is shorter than its head promised",
  example: "truncate=100B",
  main: "after",
  parameters: {
    after: optional(size, "body bytes sent before; left out: all but the last"),
  },
  create: ({ after = Infinity }) => ({
    scope: "request",
    stage: "shape",
    apply(exchange) {
      shapeResponse(exchange, { cut: { afterBytes: after, by: "close" } });
      return "continue";
    },
  }),
});
