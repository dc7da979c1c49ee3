import { defineFault, type FaultKind, type FaultVerdict } from "./fault.ts";

/** Takes the whole request and never answers it. The connection stays open until the client ends it. */
export const hang: FaultKind = defineFault<object>({
  name: "hang",
  summary: "takes the request and never answers",
  example: "hang,path=/api/,count=1",
  parameters: {},
  create: () => ({
    scope: "request",
    stage: "answer",
    async apply(exchange): Promise<FaultVerdict> {
      exchange.hang();
      await exchange.body();
      return "taken";
    },
  }),
});
