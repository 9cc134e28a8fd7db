/** One style sheet for every page: light and dark, screen and paper. No address in it: pages open offline. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: #1c2127; --soft: #57606b; --page: #ffffff; --panel: #f4f6f8; --line: #d5dbe1; --link: #0b5cad;
  --good: #17703c; --warn: #8a5300; --bad: #b3261e; --good-back: #e3f4e8; --warn-back: #fff2d9; --bad-back: #fde7e5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e4e8ec; --soft: #a3adb8; --page: #14181c; --panel: #1d2329; --line: #39424c; --link: #7db8f5;
    --good: #7fd49b; --warn: #f0bd6a; --bad: #ff9d94; --good-back: #16301f; --warn-back: #38290c; --bad-back: #401a17;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, summary:focus-visible, input:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--link); outline-offset: 2px;
}
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; z-index: 3; background: var(--page); padding: .3rem .6rem; }
.bar { position: sticky; top: 0; z-index: 2; background: var(--page); border-bottom: 1px solid var(--line); }
.bar > div, main { max-width: 75rem; margin: 0 auto; padding: 0 1.25rem; }
.bar > div { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; align-items: baseline; padding-block: .6rem; }
.bar a { text-decoration: none; } .bar a:hover { text-decoration: underline; }
.bar strong { margin-right: .6rem; } .bar nav a { margin-right: .9rem; white-space: nowrap; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1.6rem 0 .3rem; }
h2 { font-size: 1.3rem; margin: 2.4rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
p { margin: .4rem 0; } ul { margin: .4rem 0; padding-left: 1.3rem; }
.soft { color: var(--soft); } .small { font-size: .875rem; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em; }
pre { margin: 0; padding: .6rem .8rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.state { display: inline-block; padding: .05rem .55rem; border-radius: 1rem; font-size: .85rem; font-weight: 600;
  background: var(--panel); color: var(--soft); white-space: nowrap; }
.state.good { background: var(--good-back); color: var(--good); }
.state.warn { background: var(--warn-back); color: var(--warn); }
.state.bad { background: var(--bad-back); color: var(--bad); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: .8rem 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.notice { margin: .5rem 0; padding: .5rem .9rem; border-left: 5px solid var(--line); background: var(--panel);
  border-radius: 0 6px 6px 0; overflow-wrap: anywhere; break-inside: avoid; }
.notice.bad { border-color: var(--bad); background: var(--bad-back); }
.notice.warn { border-color: var(--warn); background: var(--warn-back); }
.notice.good { border-color: var(--good); background: var(--good-back); }
.scroll { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { background: var(--panel); } td.number, th.number { text-align: right; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
th button::after { content: " \\2195"; color: var(--soft); font-size: .8em; }
th[aria-sort="ascending"] button::after { content: " \\2191"; color: var(--text); }
th[aria-sort="descending"] button::after { content: " \\2193"; color: var(--text); }
td.out { background: var(--bad-back); color: var(--bad); font-weight: 600; }
td.far { background: var(--warn-back); color: var(--warn); font-weight: 600; }
.pictures { margin: 1.4rem 0 2rem; } .pictures h3 { margin-bottom: 0; break-after: avoid; }
.pictures .about { color: var(--soft); max-width: 52rem; margin: 0 0 .5rem; break-after: avoid; }
.pictures.several > div { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
figure { margin: 0; break-inside: avoid; } .several figure { flex: 0 1 auto; max-width: 100%; }
figure img { display: block; max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 4px; }
figcaption { margin: .2rem 0 0; color: var(--soft); font-size: .85rem; }
.turn { display: flex; gap: .4rem; margin: .35rem 0; }
button.plain { font: inherit; font-size: .85rem; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 5px;
  background: var(--panel); color: var(--text); cursor: pointer; }
button.plain[aria-pressed="true"] { background: var(--link); border-color: var(--link); color: var(--page); }
details { margin: .35rem 0; } summary { cursor: pointer; overflow-wrap: anywhere; }
details > div, details > ul { margin: .4rem 0 .8rem 1.1rem; }
.command { position: relative; } .command button { position: absolute; top: .35rem; right: .35rem; }
.command pre { padding-right: 5rem; }
.methods > div { max-width: 52rem; }
.graph { display: block; max-width: 100%; height: auto; }
.graph text { fill: var(--text); font: 12px system-ui, "DejaVu Sans", sans-serif; }
.graph .name { font-weight: 600; font-size: 13px; } .graph .soft { fill: var(--soft); font-size: 11px; }
.graph rect { fill: var(--panel); stroke: var(--line); stroke-width: 1.5; }
.graph .good rect { stroke: var(--good); } .graph .warn rect { stroke: var(--warn); fill: var(--warn-back); }
.graph .bad rect { stroke: var(--bad); fill: var(--bad-back); } .graph .given rect { stroke-dasharray: 4 3; }
.graph path { fill: none; stroke: var(--soft); stroke-width: 1.3; } .graph marker path { fill: var(--soft); stroke: none; }
.spread { width: 9rem; height: 1.5rem; vertical-align: middle; } .spread line { stroke: var(--line); } .spread rect { fill: var(--line); }
.spread circle { fill: var(--soft); fill-opacity: .55; } .spread .far { fill: var(--warn); fill-opacity: 1; }
.spread .out { fill: var(--bad); fill-opacity: 1; }
footer { margin: 3rem 0 2rem; padding-top: .6rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; }
[hidden] { display: none !important; }
@page { margin: 1.6cm; }
@media print {
  :root { --text: #000; --soft: #444; --page: #fff; --panel: #fff; --line: #999; --link: #000; --good: #17703c; --warn: #8a5300;
    --bad: #b3261e; --good-back: #fff; --warn-back: #fff; --bad-back: #fff; }
  body { font-size: 10.5pt; } .bar { position: static; } .bar nav, .skip, button, label { display: none !important; }
  main, .bar > div { max-width: none; padding-inline: 0; } h2, h3 { break-after: avoid; }
  th button { display: inline !important; } th button::after { content: "" !important; }
  .scroll { overflow: visible; } table { font-size: 8.5pt; } th, td { padding: .15rem .4rem; } tr { break-inside: avoid; }
  figure img { max-height: 20cm; width: auto; } .several figure { max-width: 48%; }
}
`;
