/* What the page's script draws: plain JSON, made when the page is written. */
import type { ChartUnit } from "./format-value.ts";

/** A chart of either kind. */
export type ChartSpec = LinesChart | HeatChart;

/** Names of the page's colours; the style sheet says what they are in light and dark. */
export const chartColors = [
  "blue",
  "orange",
  "green",
  "purple",
  "amber",
  "sky",
  "red",
  "grey",
] as const;

/** One of {@link chartColors}. */
export type ChartColor = (typeof chartColors)[number];

interface ChartFrame {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** For who cannot see it: what it shows, in a sentence. */
  readonly summary: string;
  /** What was broken when, in the units of the x axis. */
  readonly bands: readonly ChartBand[];
}

/** A stretch of the x axis. */
export interface ChartBand {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** Lines or a stack of areas over one x axis. */
export interface LinesChart extends ChartFrame {
  readonly kind: "lines";
  readonly x: ChartAxis & {
    readonly values: readonly number[];
    /** Where the last value's interval ends; `null` where values are points. */
    readonly end: number | null;
  };
  readonly y: ChartAxis;
  readonly lines: readonly ChartLine[];
  /** Values are on top of each other. */
  readonly isStacked: boolean;
  /** A value holds until the next one. */
  readonly isStepped: boolean;
  readonly marks: readonly { readonly x: number; readonly label: string }[];
}

/** What an axis shows. */
export interface ChartAxis {
  readonly label: string;
  readonly unit: ChartUnit;
  readonly isLog: boolean;
}

/** One line, or one area of a stack. */
export interface ChartLine {
  readonly name: string;
  readonly color: ChartColor;
  /** Besides the colour: lengths of dashes and gaps; empty for a solid line. */
  readonly dash: readonly number[];
  readonly values: readonly (number | null)[];
}

/** How many requests took how long, over time. */
export interface HeatChart extends ChartFrame {
  readonly kind: "heat";
  readonly x: ChartAxis & { readonly values: readonly number[]; readonly end: number };
  readonly y: ChartAxis;
  /** Latency bucket from and to, in microseconds, from the lowest. */
  readonly rows: readonly (readonly [from: number, to: number])[];
  /** Position on x, position in `rows`, requests. */
  readonly cells: readonly (readonly [x: number, row: number, count: number])[];
  readonly most: number;
}
