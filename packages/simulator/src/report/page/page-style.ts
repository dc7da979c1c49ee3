/** Light and dark, screen and paper. The series colours are Okabe and Ito's, which most eyes tell apart. */
export const pageStyle: string = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --line: #d8dee4;
  --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #cc79a7; --s4: #b58900; --s5: #56b4e9; --s6: #6f42c1; --s7: #555 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa4af; --paper: #0d1117; --line: #30363d;
    --s0: #58a6ff; --s1: #ff9d5c; --s2: #3fd0a1; --s3: #f0a6cf; --s4: #e3c04b; --s5: #8fd3ff; --s6: #b794f6; --s7: #aaa }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: .5rem 0 } h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }
p, li { color: var(--soft) } .best { color: var(--ink); font-weight: 600 }
.warning { border-left: 4px solid var(--s1); padding-left: .75rem; color: var(--ink) }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
th, td { padding: .25rem .75rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
svg { width: 100%; height: auto; display: block } svg.chart text { font: 12px system-ui, sans-serif; fill: var(--soft) }
.grid { stroke: var(--line) } .line { fill: none; stroke-width: 1.8 }
${[0, 1, 2, 3, 4, 5, 6, 7].map((at) => `path.s${at} { stroke: var(--s${at}) } svg.chart text.s${at} { fill: var(--s${at}) }`).join("\n")}
summary { cursor: pointer; color: var(--soft); font-size: .9rem }
footer { margin-top: 3rem; font-size: .85rem; color: var(--soft) }
@media print { details > * { display: block } body { max-width: none } h2 { break-after: avoid } svg { break-inside: avoid } }
`;
