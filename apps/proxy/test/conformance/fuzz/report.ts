import type { Violation } from "./reproduction.ts";

/** All that is needed to see it again: what broke, where it came from, the bytes, how they were written. */
export function describeViolation({ problems, own, minimal }: Violation): string[] {
  const { origin, input, segments } = own;
  return [
    ...problems,
    `  case    ${origin}`,
    `  writes  ${segments.map(({ length }) => length).join(" + ")} bytes`,
    `  input   ${input.toString("base64")}`,
    minimal === null
      ? "  did not happen again alone"
      : `  minimal ${minimal.toString("base64")}  ${JSON.stringify(minimal.latin1Slice())}`,
  ];
}
