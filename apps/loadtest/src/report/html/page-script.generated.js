// Made of the files in client/ by write-page-script.ts; change those and run it again.
(() => {
"use strict";
// Pictures of twice the resolution stay sharp on paper.
const screenRatio = devicePixelRatio;
Object.defineProperty(window, "devicePixelRatio", { get: () => Math.max(2, screenRatio) });
})();
/* uPlot */
(() => {
"use strict";
/* Numbers for people; the page's own script uses it too, so it imports nothing that runs. */
/** What a chart's numbers are: a report's units, seconds, and 1/(1 − percentile). */
const grouped                    = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const precise                    = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB"];
/** `12,345`, `1,234/s`, `33.4 %`, `1.24 ms`, `12.5 s`, `99.9 %`; a dash for what is not known. */
function formatValue(value                           , unit           )         {
  if (value === null || value === undefined) return "–";
  switch (unit) {
    case "count":
      return grouped.format(value);
    case "perSecond":
      return `${value >= 100 ? grouped.format(value) : precise.format(value)}/s`;
    case "share":
      return `${(value * 100).toFixed(1)} %`;
    case "us":
      return formatTime(value);
    case "ms":
      return formatTime(value * 1000);
    case "bytes":
      return formatBytes(value);
    case "seconds":
      return formatClock(value);
    case "nines":
      return formatNines(value);
    default:
      return precise.format(value);
  }
}
/** `87 µs`, `1.24 ms`, `62.1 ms`, `1.50 s` for microseconds. */
function formatTime(us        )         {
  if (us === 0) return "0 ms";
  if (us < 1000) return `${precise.format(us)} µs`;
  if (us < 1_000_000) return `${precise.format(us / 1000)} ms`;
  return `${us < 10_000_000 ? (us / 1_000_000).toFixed(2) : (us / 1_000_000).toFixed(1)} s`;
}
function formatBytes(bytes        )         {
  const power = bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${precise.format(bytes / 1024 ** power)} ${byteUnits[power] ?? "B"}`;
}
/** `12.5 s` below two minutes, `2:05` and `1:02:05` above. */
function formatClock(seconds        )         {
  if (seconds < 120) return `${Number(seconds.toFixed(2))} s`;
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${parts.join(":")}` : `${Number(parts[0])}:${parts[1] ?? ""}`;
}
/** `90 %` for 10, `99.9 %` for 1000: as many digits as tell it from 100 %. */
function formatNines(nines        )         {
  const percent = 100 * (1 - 1 / nines);
  const digits = Math.max(0, Math.ceil(Math.log10(nines) - 1e-9) - 2) + (nines % 10 === 0 ? 0 : 1);
  return `${Number(percent.toFixed(Math.min(9, digits)))} %`;
}
/** What the style sheet says that a canvas cannot read by itself. */
/** As it is now: it changes with the system's light and dark, and for paper. */
function currentTheme()        {
  const style = getComputedStyle(document.documentElement);
  const value = (name        )         => style.getPropertyValue(`--${name}`).trim();
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
function heatColor([low, middle, high]               , part        )         {
  const [from, to, at] = part < 0.5 ? [low, middle, part * 2] : [middle, high, part * 2 - 1];
  const channel = (index        )         => {
    const start = 1 + 2 * index;
    const [a, b] = [from, to].map((hex) => Number.parseInt(hex.slice(start, start + 2), 16));
    return Math.round((a ?? 0) + ((b ?? 0) - (a ?? 0)) * at);
  };
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`;
}
const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif';
/** Both axes of a chart. */
function axesOf({ x, y }                            , theme       )               {
  const common = {
    stroke: theme.soft,
    grid: { stroke: theme.rule, width: 1 },
    ticks: { stroke: theme.rule, width: 1, size: 4 },
    font,
    labelFont: font,
    labelSize: 18,
    labelGap: 0,
  };
  return [
    { ...common, ...scaleMarks(x), label: x.label, size: 30, space: 56 },
    { ...common, ...scaleMarks(y), label: y.label, size: 62, space: y.isLog ? 14 : 30 },
  ];
}
/** Where an axis has its marks and what they say. */
function scaleMarks({ unit, isLog }           )                      {
  const values = (_       , splits          )           =>
    splits.map((value) => markText(value, unit, splits));
  if (!isLog) return unit === "seconds" ? { values, incrs: secondSteps } : { values };
  const splits = (u       , _axis        , min        , max        )           =>
    unit === "nines" ? nineMarks(max, u.width) : logMarks(min, max);
  return { splits, values, filter: (_, marks) => marks };
}
const secondSteps = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800,
];
/** `0 s` beside `5:00` would be two ways to say it on one axis. */
function markText(value               , unit           , splits                   )         {
  if (value === null) return "";
  if (unit === "seconds" && value < 120 && (splits.at(-1) ?? 0) >= 120) {
    return `${Math.floor(value / 60)}:${String(Math.round(value % 60)).padStart(2, "0")}`;
  }
  return formatValue(value, unit);
}
/** 50 % is too near to 0 % for a phone, and seven nines are too many marks for any width. */
function nineMarks(max        , width        )           {
  const marks = [1, ...(width > 420 ? [2] : []), 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8];
  return marks.filter((nines) => nines <= max);
}
/** 1, 2 and 5 of every decade, or only 1 where there are more than three of them. */
function logMarks(min        , max        )           {
  const decades = Math.log10(max / min);
  const steps = decades > 3 ? [1] : [1, 2, 5];
  const marks           = [];
  for (let power = Math.floor(Math.log10(min)); 10 ** power <= max; power++) {
    for (const step of steps) marks.push(step * 10 ** power);
  }
  return marks.filter((mark) => mark >= min && mark <= max);
}
/** A range with a little room; a logarithmic one ends where its values do, not at the next power of ten. */
function rangeOf({ isLog }           )                    {
  return (_, min, max) => {
    if (min === null || max === null) return isLog ? [1, 10] : [0, 1];
    if (isLog) return [Math.max(min, 1e-9) / 1.25, Math.max(max, min * 1.5) * 1.45];
    return [Math.min(0, min), max <= 0 ? 1 : max * 1.15];
  };
}
/** How uPlot spreads an axis's values; its enumeration exists for the compiler only. */
function distributionOf({ isLog }           )                    {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum of a .d.ts has no values
  return isLog ? 3 : 1;
}
/** Shades what was broken when, behind everything else. */
function drawBands(u       , bands                      , theme       )       {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { from, to, label } of bands) {
    const left = u.valToPos(from, "x", true);
    const width = Math.max(2, u.valToPos(to, "x", true) - left);
    ctx.fillStyle = theme.band;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = theme.bandEdge;
    ctx.fillRect(left, bbox.top, width, 2 * uPlot.pxRatio);
    drawLabel(u, label, { left, width }, theme);
  }
  ctx.restore();
}
/** As much of the label as the band has room for. */
function drawLabel(
  { ctx, bbox }       ,
  label        ,
  { left, width }                                 ,
  theme       ,
)       {
  const ratio = uPlot.pxRatio;
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.fillStyle = theme.soft;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  const room = width - 8 * ratio;
  let text = label;
  while (text.length > 1 && ctx.measureText(text).width > room) text = `${text.slice(0, -2)}…`;
  if (text.length < Math.min(4, label.length)) return;
  ctx.fillText(text, left + 4 * ratio, bbox.top + 5 * ratio);
}
/** Vertical lines that are worth one, such as a knee. */
function drawMarks(u       , marks                     , theme       )       {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  for (const { x, label } of marks) {
    const left = u.valToPos(x, "x", true);
    const isInRightHalf = left > bbox.left + bbox.width / 2;
    ctx.save();
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.fillStyle = theme.ink;
    ctx.textAlign = isInRightHalf ? "right" : "left";
    ctx.textBaseline = "top";
    ctx.fillText(label, left + (isInRightHalf ? -5 : 5) * ratio, bbox.top + 4 * ratio);
    ctx.restore();
  }
}
/** What uPlot needs to draw lines or a stack of areas. */
function linesOptions(chart            , theme       )                         {
  const { x, y, lines, isStacked } = chart;
  return {
    scales: {
      x: {
        time: false,
        distr: distributionOf(x),
        range: (_, min, max) => [min ?? 0, x.end ?? max ?? 1],
      },
      y: { distr: distributionOf(y), range: rangeOf(y) },
    },
    axes: axesOf(chart, theme),
    series: [{}, ...lines.map((line) => seriesOf(line, chart, theme))],
    ...(isStacked ? { bands: stackBands(lines.length) } : {}),
    hooks: {
      drawClear: [(u) => drawBands(u, chart.bands, theme)],
      draw: [(u) => drawMarks(u, chart.marks, theme)],
    },
  };
}
function seriesOf(
  { name, color, dash }           ,
  { isStacked, isStepped, lines, x }            ,
  theme       ,
)               {
  const stroke = theme.color(color);
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const isSparse = x.values.length < 3;
  return {
    label: name,
    stroke,
    // An area that is empty must not show as a line on top of the one below it.
    width: isStacked ? 0 : 1.75,
    spanGaps: false,
    points: {
      show: isSparse || (!isStepped && lines.length > 0 && x.values.length <= 40),
      size: 5,
    },
    ...(dash.length > 0 && !isStacked ? { dash: [...dash] } : {}),
    ...(isStacked ? { fill: `${stroke}c8` } : {}),
    ...(isStepped && stepped !== undefined ? { paths: stepped } : {}),
  };
}
/** Every area of a stack ends where the one below it begins. */
function stackBands(count        )               {
  return Array.from({ length: Math.max(0, count - 1) }, (_, index) => ({
    series: [index + 2, index + 1],
  }));
}
/** The columns that uPlot draws; lines that are not shown leave a stack. */
function linesData(chart            , isShown                    )                    {
  const { x, lines, isStacked, isStepped } = chart;
  const end = isStepped && x.end !== null && x.end > (x.values.at(-1) ?? 0) ? [x.end] : [];
  const columns = lines.map(({ values }) => (isStepped ? held(values, end.length) : [...values]));
  return [[...x.values, ...end], ...(isStacked ? stacked(columns, isShown) : columns)];
}
/** A step needs a value at its other end too: where the next one begins or is unknown, and at the end. */
function held(values                            , more        )         {
  const all = [...values, ...Array.from({ length: more }, () => null)];
  return all.map((value, index) => value ?? values[index - 1] ?? null);
}
function stacked(columns                   , isShown                    )           {
  const sums           = [];
  return columns.map((column, line) =>
    column.map((value, index) => {
      if (isShown[line] === true) sums[index] = (sums[index] ?? 0) + (value ?? 0);
      return value === null ? null : (sums[index] ?? 0);
    }),
  );
}
/** What uPlot needs to draw a heat map: its axes, and cells instead of lines. */
function heatOptions(chart           , theme       )                         {
  const [lowest = 1] = chart.rows[0] ?? [];
  const [, highest = 10] = chart.rows.at(-1) ?? [];
  return {
    scales: {
      x: { time: false, range: () => [chart.x.values[0] ?? 0, chart.x.end] },
      y: { distr: distributionOf(chart.y), range: () => [lowest / 1.15, highest * 1.15] },
    },
    axes: axesOf(chart, theme),
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: {
      drawClear: [(u) => drawBands(u, chart.bands, theme)],
      draw: [(u) => drawCells(u, chart, theme)],
    },
  };
}
/** The scales need values; these are never drawn. */
function heatData({ x, rows }           )                    {
  return [[...x.values], x.values.map(() => rows[0]?.[1] ?? 1)];
}
function drawCells(u       , { x, rows, cells, most }           , theme       )       {
  const { ctx, bbox } = u;
  const left = (index        )         => u.valToPos(x.values[index] ?? x.end, "x", true);
  const top = (us        )         => u.valToPos(us, "y", true);
  const logMost = Math.log(Math.max(2, most));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [at, row, count] of cells) {
    const [from = 1, to = 1] = rows[row] ?? [];
    const x0 = Math.floor(left(at));
    const x1 = Math.ceil(left(at + 1));
    const y0 = Math.floor(top(to));
    const y1 = Math.ceil(top(from));
    ctx.fillStyle = heatColor(theme.heat, Math.log(count) / logMost);
    ctx.fillRect(x0, y0, Math.max(1, x1 - x0), Math.max(1, y1 - y0));
  }
  ctx.restore();
}
/** On paper; a screen's width would be cut off there. */
const paperWidth = 680;
/** One chart of the page, drawn anew whenever its width or its colours change. */
class Chart {
           #spec           ;
           #figure             ;
           #plot             ;
           #isShown           ;
           #summary        ;
  #drawn                   ;
  constructor(spec           , figure             , plot             ) {
    this.#spec = spec;
    this.#figure = figure;
    this.#plot = plot;
    this.#isShown = spec.kind === "lines" ? spec.lines.map(() => true) : [];
    this.#summary = figure.querySelector("output")?.textContent ?? "";
    this.#listen();
  }
  draw(width = this.#plot.clientWidth)       {
    this.#drawn?.destroy();
    const theme = currentTheme();
    const spec = this.#spec;
    const own = spec.kind === "lines" ? linesOptions(spec, theme) : heatOptions(spec, theme);
    const options                = {
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
  #data()                    {
    return this.#spec.kind === "lines"
      ? linesData(this.#spec, this.#isShown)
      : heatData(this.#spec);
  }
  #listen()       {
    this.#plot.addEventListener("keydown", (event) => this.#move(event));
    for (const button of this.#figure.querySelectorAll             ("button[data-line]")) {
      button.addEventListener("click", () => this.#toggle(button));
    }
  }
  #toggle(button             )       {
    const line = Number(button.dataset["line"]);
    const show = this.#isShown[line] !== true;
    this.#isShown[line] = show;
    button.setAttribute("aria-pressed", String(show));
    this.#drawn?.setSeries(line + 1, { show });
    this.#drawn?.setData(this.#data());
  }
  /** The arrows go from value to value. */
  #move(event               )       {
    const u = this.#drawn;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (u === undefined || step === undefined) return;
    event.preventDefault();
    const last = this.#spec.x.values.length - 1;
    const index = Math.min(last, Math.max(0, (u.cursor.idx ?? (step > 0 ? -1 : last + 1)) + step));
    const left = u.valToPos(this.#spec.x.values[index] ?? 0, "x");
    u.setCursor({ left, top: u.bbox.height / uPlot.pxRatio / 2 });
  }
  #read(u       )       {
    const output = this.#figure.querySelector("output");
    if (output === null) return;
    const index = u.cursor.idx;
    const isOutside = index === null || index === undefined || (u.cursor.left ?? -1) < 0;
    output.textContent = isOutside ? this.#summary : readout(this.#spec, index);
  }
}
function readout(spec           , index        )         {
  const at = formatValue(spec.x.values[Math.min(index, spec.x.values.length - 1)], spec.x.unit);
  const values = spec.kind === "lines" ? lineValues(spec, index) : cellValues(spec, index);
  const broken = spec.bands
    .filter(
      ({ from, to }) => (spec.x.values[index] ?? -1) >= from && (spec.x.values[index] ?? -1) < to,
    )
    .map(({ label }) => label);
  return [`${at}:`, values, ...broken.map((label) => `(${label})`)].join(" ");
}
function lineValues({ lines, y }            , index        )         {
  return lines
    .map(
      ({ name, values }) =>
        `${name} ${formatValue(values[Math.min(index, values.length - 1)], y.unit)}`,
    )
    .join(" · ");
}
function cellValues({ cells, rows }           , index        )         {
  const here = cells.filter(([x]) => x === index);
  const count = here.reduce((sum, [, , n]) => sum + n, 0);
  const most = here.toSorted(([, , a], [, , b]) => b - a)[0];
  if (most === undefined) return "no response";
  const [from, to] = rows[most[1]] ?? [0, 0];
  const range = `${formatValue(from, "us")} to ${formatValue(to, "us")}`;
  return `${formatValue(count, "count")} responses, most of them (${formatValue(most[2], "count")}) within ${range}`;
}
function chartsOnPage()          {
  const specs = JSON.parse(document.querySelector("#charts")?.textContent ?? "[]")               ;
  return specs.flatMap((spec) => {
    const figure = document.querySelector             (`[id="${spec.id}"]`);
    const plot = figure?.querySelector             (".plot");
    return figure === null || plot === null || plot === undefined
      ? []
      : [new Chart(spec, figure, plot)];
  });
}
const charts = chartsOnPage();
const drawAll = (width         )       => charts.forEach((chart) => chart.draw(width));
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
})();
