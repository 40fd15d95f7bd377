"""The style of a page: dark and light as the reader's system is, and on paper."""

STYLE = """
:root{color-scheme:light dark;--ink:#1c1e21;--soft:#5d6470;--paper:#fff;--card:#f6f7f9;
--line:#dfe2e7;--bad:#b3261e;--good:#1b7a3d;--unsure:#8a6100;--accent:#1f5fa8;
--c0:#1f5fa8;--c1:#c2570c;--c2:#2b8a3e;--c3:#8a4fb0;--c4:#4d8f96;--c5:#7a6a2b}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#a0a8b4;--paper:#15181c;
--card:#1e2228;--line:#343a43;--bad:#ff8a80;--good:#7fd49a;--unsure:#f0c05a;--accent:#8ab8f0;
--c0:#7fb2f0;--c1:#f09a5a;--c2:#7fd08f;--c3:#c79ae8;--c4:#86c7ce;--c5:#cdbb72}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;
color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2rem 0 .6rem}h3{margin:0 0 .4rem}
header{--tone:var(--accent);border-left:.4rem solid var(--tone);padding:.4rem 0 .4rem 1rem}
header.faulty{--tone:var(--bad)}header.healthy,header.converged{--tone:var(--good)}header.cannot_judge{--tone:var(--unsure)}
.verdict{color:var(--tone);font-weight:700}.soft,figcaption{color:var(--soft)}
section.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;
padding:1rem;margin:0 0 1rem;break-inside:avoid}
.bar{height:.5rem;background:var(--line);border-radius:.25rem;margin:.3rem 0 .8rem}
.bar i{display:block;height:100%;background:var(--accent);border-radius:.25rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .7rem .25rem 0;
border-top:1px solid var(--line)}
table.facts td:first-child{min-width:11rem;overflow-wrap:break-word}
.side,.weight{white-space:nowrap}.for{color:var(--bad)}.against{color:var(--good)}
ol.fixes>li{margin:0 0 .7rem}.quick{border:1px solid var(--accent);color:var(--accent);
border-radius:.8rem;padding:0 .5rem;font-size:.8rem}
pre,code{font:.88rem/1.45 ui-monospace,monospace;white-space:pre-wrap}
pre{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.5rem .8rem;
margin:.3rem 0}
figure{margin:0 0 .8rem;break-inside:avoid}figcaption{display:flex;gap:1rem;font-size:.85rem}
ul.legend{display:flex;flex-wrap:wrap;gap:0 1rem;list-style:none;margin:0;padding:0}
ul.legend i{display:inline-block;width:1.2rem;border-top:.2rem solid;vertical-align:middle;
margin-right:.3rem}
svg{width:100%;height:auto;display:block}svg text{font:12px system-ui,sans-serif;fill:var(--soft)}
svg .grid{stroke:var(--line)}svg path{fill:none;stroke:currentColor;stroke-linejoin:round}
.curve{stroke-width:1.8}.raw{stroke-width:.8;opacity:.4}.held-out{stroke-dasharray:6 4}
.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}
.c4{color:var(--c4)}.c5{color:var(--c5)}
svg line.alarm{stroke:var(--bad);stroke-dasharray:5 3}svg text.alarm{fill:var(--bad)}
.window{fill:var(--bad)}.lost{fill:var(--unsure)}
svg path.dots{stroke-width:6;stroke-linecap:round;opacity:.7}
svg path.band{fill:currentColor;stroke:none;opacity:.16}
.best{color:var(--bad)}svg path.best{opacity:1}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:0 1.2rem}
.wide{overflow-x:auto}.wide table{overflow-wrap:break-word}
header.better,header.equivalent{--tone:var(--good)}header.worse{--tone:var(--bad)}
header.inconclusive{--tone:var(--unsure)}
@media (max-width:700px){figure{overflow-x:auto}svg[viewBox^="0 0 960"]{min-width:44rem}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--paper:#fff;--card:#fff;--line:#bbb;
--bad:#b3261e;--good:#1b7a3d;--unsure:#8a6100;--accent:#1f5fa8;--c0:#1f5fa8;--c1:#c2570c;
--c2:#2b8a3e;--c3:#8a4fb0;--c4:#4d8f96;--c5:#7a6a2b}
body{max-width:none;padding:0;font-size:11pt}details>*{display:block}
h2,h3{break-after:avoid}}
"""
