import { type OpenConnectionFate, openConnectionFates } from "../port.ts";
import { defineFault, type FaultKind } from "./fault.ts";
import { choice, parameter } from "./parameter.ts";

/** Stops listening: the system refuses connections (RST) as it does when no process is there. */
export const refuse: FaultKind = defineFault<{ open: OpenConnectionFate }>({
  name: "refuse",
  summary: "the port refuses connections, and listens again afterwards",
  example: "refuse,start=10s,for=5s",
  main: "open",
  parameters: {
    open: parameter(
      choice(openConnectionFates),
      "open connections: close after their response, reset now as a kill does, or keep",
      "close",
    ),
  },
  create: ({ open }) => ({
    scope: "port",
    locksOut: true,
    begin: (port) => port.refuse(open),
    end: (port) => port.accept(),
  }),
});
