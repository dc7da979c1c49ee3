import { styleText } from "node:util";

/** The few colours that printing uses. Meaning is never in the colour alone. */
export type Tone = "good" | "bad" | "warning" | "quiet" | "strong";

/** Colours `text`, or returns it as it is. */
export type Paint = (tone: Tone, text: string) => string;

const formats: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  good: "green",
  bad: "red",
  warning: "yellow",
  quiet: "dim",
  strong: "bold",
};

/** Paints for `stream`: honours NO_COLOR, FORCE_COLOR and whether it is a terminal. */
export function createPaint(stream: NodeJS.WriteStream): Paint {
  return (tone, text) => styleText(formats[tone], text, { stream });
}

/** Paints nothing. */
export const plain: Paint = (_tone, text) => text;
