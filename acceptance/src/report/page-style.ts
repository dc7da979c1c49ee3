/** Light, dark and paper; readable from 360 px on. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #d0d7de; --soft: #f3f5f7;
  --good: #116329; --bad: #a40e26; --warn: #7d4e00; --faint: #59636e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --soft: #161b22;
  --good: #56d364; --bad: #ff7b72; --warn: #e3b341; --faint: #9198a1; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; margin: 0.5rem 0; } h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; }
.banner { border-left: 0.5rem solid; padding: 0.6rem 1rem; background: var(--soft); font-size: 1.1rem; }
.banner.pass { border-color: var(--good); } .banner.fail { border-color: var(--bad); }
.banner.invalid { border-color: var(--warn); }
.facts, .note, small { color: var(--faint); } .note { margin: 0.2rem 0; }
table { border-collapse: collapse; width: 100%; } .groups { width: auto; min-width: min(30rem, 100%); }
caption { text-align: left; font-weight: 600; padding: 0.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--line); }
thead th { background: var(--soft); } .number { text-align: right; white-space: nowrap; }
.wide { overflow-x: auto; } ul { margin: 0; padding-left: 1.1rem; } a { color: inherit; }
.verdict { white-space: nowrap; font-weight: 600; } .pass .verdict { color: var(--good); }
.fail .verdict, .error .verdict { color: var(--bad); }
.invalid .verdict, .interrupted .verdict { color: var(--warn); } .pending { color: var(--faint); }
code, pre { font: 0.85rem/1.45 ui-monospace, monospace; } code { overflow-wrap: anywhere; }
pre { background: var(--soft); padding: 0.6rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; } :target { outline: 2px solid var(--warn); }
@media (max-width: 40rem) { .wide thead { display: none; } .wide tr { display: block; padding: 0.5rem 0;
  border-bottom: 1px solid var(--line); } .wide td { display: block; border: 0; padding: 0.1rem 0; text-align: left; } }
@media print { :root { --ink: #000; --paper: #fff; --line: #999; --soft: #fff; --good: #000; --bad: #000;
  --warn: #000; --faint: #333; } main { max-width: none; padding: 0; } body { font-size: 10pt; }
  tr, .banner { break-inside: avoid; } .wide { overflow: visible; } }
`;
