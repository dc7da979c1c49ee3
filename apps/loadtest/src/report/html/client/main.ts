import type { ChartSpec, HeatChart, LinesChart } from "../chart-spec.ts";
import { formatValue } from "../format-value.ts";
import { heatData, heatOptions } from "./heat.ts";
import { linesData, linesOptions } from "./lines.ts";
import { currentTheme } from "./theme.ts";

/** On paper; a screen's width would be cut off there. */
const paperWidth = 680;

/** One chart of the page, drawn anew whenever its width or its colours change. */
class Chart {
  readonly #spec: ChartSpec;
  readonly #figure: HTMLElement;
  readonly #plot: HTMLElement;
  readonly #isShown: boolean[];
  readonly #summary: string;
  #drawn: uPlot | undefined;

  constructor(spec: ChartSpec, figure: HTMLElement, plot: HTMLElement) {
    this.#spec = spec;
    this.#figure = figure;
    this.#plot = plot;
    this.#isShown = spec.kind === "lines" ? spec.lines.map(() => true) : [];
    this.#summary = figure.querySelector("output")?.textContent ?? "";
    this.#listen();
  }

  draw(width = this.#plot.clientWidth): void {
    this.#drawn?.destroy();
    const theme = currentTheme();
    const spec = this.#spec;
    const own = spec.kind === "lines" ? linesOptions(spec, theme) : heatOptions(spec, theme);
    const options: uPlot.Options = {
      width: Math.max(200, width),
      height: this.#plot.clientHeight || 250,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: spec.kind === "lines" } },
      series: [],
      ...own,
    };
    options.hooks = { ...own.hooks, setCursor: [(u) => this.#read(u)] };
    this.#drawn = new uPlot(options, this.#data(), this.#plot);
    this.#isShown.forEach((show, line) => this.#drawn?.setSeries(line + 1, { show }));
  }

  #data(): uPlot.AlignedData {
    return this.#spec.kind === "lines"
      ? linesData(this.#spec, this.#isShown)
      : heatData(this.#spec);
  }

  #listen(): void {
    this.#plot.addEventListener("keydown", (event) => this.#move(event));
    for (const button of this.#figure.querySelectorAll<HTMLElement>("button[data-line]")) {
      button.addEventListener("click", () => this.#toggle(button));
    }
  }

  #toggle(button: HTMLElement): void {
    const line = Number(button.dataset["line"]);
    const show = this.#isShown[line] !== true;
    this.#isShown[line] = show;
    button.setAttribute("aria-pressed", String(show));
    this.#drawn?.setSeries(line + 1, { show });
    this.#drawn?.setData(this.#data());
  }

  /** The arrows go from value to value. */
  #move(event: KeyboardEvent): void {
    const u = this.#drawn;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (u === undefined || step === undefined) return;
    event.preventDefault();
    const last = this.#spec.x.values.length - 1;
    const index = Math.min(last, Math.max(0, (u.cursor.idx ?? (step > 0 ? -1 : last + 1)) + step));
    const left = u.valToPos(this.#spec.x.values[index] ?? 0, "x");
    u.setCursor({ left, top: u.bbox.height / uPlot.pxRatio / 2 });
  }

  #read(u: uPlot): void {
    const output = this.#figure.querySelector("output");
    if (output === null) return;
    const index = u.cursor.idx;
    const isOutside = index === null || index === undefined || (u.cursor.left ?? -1) < 0;
    output.textContent = isOutside ? this.#summary : readout(this.#spec, index);
  }
}

function readout(spec: ChartSpec, index: number): string {
  const at = formatValue(spec.x.values[Math.min(index, spec.x.values.length - 1)], spec.x.unit);
  const values = spec.kind === "lines" ? lineValues(spec, index) : cellValues(spec, index);
  const broken = spec.bands
    .filter(
      ({ from, to }) => (spec.x.values[index] ?? -1) >= from && (spec.x.values[index] ?? -1) < to,
    )
    .map(({ label }) => label);
  return [`${at}:`, values, ...broken.map((label) => `(${label})`)].join(" ");
}

function lineValues({ lines, y }: LinesChart, index: number): string {
  return lines
    .map(
      ({ name, values }) =>
        `${name} ${formatValue(values[Math.min(index, values.length - 1)], y.unit)}`,
    )
    .join(" · ");
}

function cellValues({ cells, rows }: HeatChart, index: number): string {
  const here = cells.filter(([x]) => x === index);
  const count = here.reduce((sum, [, , n]) => sum + n, 0);
  const most = here.toSorted(([, , a], [, , b]) => b - a)[0];
  if (most === undefined) return "no response";
  const [from, to] = rows[most[1]] ?? [0, 0];
  const range = `${formatValue(from, "us")} to ${formatValue(to, "us")}`;
  return `${formatValue(count, "count")} responses, most of them (${formatValue(most[2], "count")}) within ${range}`;
}

function chartsOnPage(): Chart[] {
  const specs = JSON.parse(document.querySelector("#charts")?.textContent ?? "[]") as ChartSpec[];
  return specs.flatMap((spec) => {
    const figure = document.querySelector<HTMLElement>(`[id="${spec.id}"]`);
    const plot = figure?.querySelector<HTMLElement>(".plot");
    return figure === null || plot === null || plot === undefined
      ? []
      : [new Chart(spec, figure, plot)];
  });
}

const charts = chartsOnPage();
const drawAll = (width?: number): void => charts.forEach((chart) => chart.draw(width));
drawAll();

let widthBefore = document.documentElement.clientWidth;
addEventListener("resize", () => {
  const width = document.documentElement.clientWidth;
  if (width === widthBefore) return;
  widthBefore = width;
  drawAll();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
addEventListener("beforeprint", () => {
  document.documentElement.dataset["theme"] = "paper";
  drawAll(paperWidth);
});
addEventListener("afterprint", () => {
  delete document.documentElement.dataset["theme"];
  drawAll();
});
