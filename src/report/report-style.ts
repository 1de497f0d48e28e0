/** The style sheet of a report: light, dark, and on paper. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9dce1; --back: #fff; --panel: #f6f7f9; --bad: #b42318; --good: #18794e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #a0a6ae; --line: #363b42; --back: #15181c; --panel: #1d2126; --bad: #ff8f80; --good: #6fd3a3; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 1020px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 25px; margin: 0 0 2px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 34px 0 8px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
p { margin: 6px 0; }
.soft, figcaption, caption { color: var(--soft); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 6px 0; }
th, td { text-align: left; padding: 2px 16px 2px 0; vertical-align: top; }
th { font-weight: 600; color: var(--soft); }
td.n, th.n { text-align: right; }
.facts th { white-space: nowrap; }
.wide { overflow-x: auto; }
.wide table { font-size: 13px; }
.bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); }
.maps { display: flex; flex-wrap: wrap; gap: 12px; }
figure { margin: 0; text-align: center; }
.maps figure { width: 225px; }
.sums { display: flex; flex-wrap: wrap; gap: 10px; margin: 12px 0 4px; }
.sums div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; min-width: 120px; }
.sums b { display: block; font-size: 20px; font-weight: 650; }
.plot { overflow-x: auto; } .plot svg { min-width: 660px; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .tick { stroke: var(--soft); stroke-width: 1; }
svg .head { fill: none; stroke: var(--ink); stroke-width: 1.6; }
svg .hatch { stroke: var(--soft); stroke-width: 2; opacity: .55; }
svg .hatch-back { fill: var(--panel); }
svg .gap { fill: var(--soft); opacity: .25; }
svg .bar { fill: #0072b2; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin-right: 6px; vertical-align: -1px; }
.legend i.none { background: repeating-linear-gradient(135deg, var(--soft) 0 2px, var(--panel) 2px 5px); }
details { margin: 8px 0; }
summary { cursor: pointer; color: var(--soft); }
footer { margin-top: 40px; padding-top: 10px; border-top: 1px solid var(--line); font-size: 13px; color: var(--soft); }
code { font-size: 13px; overflow-wrap: anywhere; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --back: #fff; --panel: #fff; --bad: #900; --good: #060; }
  body { font-size: 11pt; } main { max-width: none; padding: 0; }
  h2 { break-after: avoid; } figure, table, svg, .sums { break-inside: avoid; }
  details > :not(summary) { display: none; } details { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}`;
