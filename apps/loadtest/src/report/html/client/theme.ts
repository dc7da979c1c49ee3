import type { ChartColor } from "../chart-spec.ts";

/** What the style sheet says that a canvas cannot read by itself. */
export interface Theme {
  readonly ink: string;
  readonly soft: string;
  readonly rule: string;
  readonly paper: string;
  readonly band: string;
  readonly bandEdge: string;
  readonly heat: readonly [low: string, middle: string, high: string];
  color(name: ChartColor): string;
}

/** As it is now: it changes with the system's light and dark, and for paper. */
export function currentTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: value("ink"),
    soft: value("soft"),
    rule: value("rule"),
    paper: value("paper"),
    band: value("band"),
    bandEdge: value("band-edge"),
    heat: [value("heat-low"), value("heat-middle"), value("heat-high")],
    color: value,
  };
}

/** Between the three colours of a scale; `part` from 0 to 1. All three are `#rrggbb`. */
export function heatColor([low, middle, high]: Theme["heat"], part: number): string {
  const [from, to, at] = part < 0.5 ? [low, middle, part * 2] : [middle, high, part * 2 - 1];
  const channel = (index: number): number => {
    const start = 1 + 2 * index;
    const [a, b] = [from, to].map((hex) => Number.parseInt(hex.slice(start, start + 2), 16));
    return Math.round((a ?? 0) + ((b ?? 0) - (a ?? 0)) * at);
  };
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`;
}
