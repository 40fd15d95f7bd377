// Puts the page together: what is chosen, what is seen of it, and what the server says is new.

import { Charts } from "./charts.js";
import { Compare } from "./compare.js";
import { byId, setText } from "./dom.js";
import { Layers } from "./layers.js";
import * as runsList from "./runs_list.js";
import { follow, onNews, rows } from "./stream.js";
import { change, onChange, restore, view, zoom } from "./view.js";
import { Why } from "./why.js";

const panel = byId("panel");
const tabs = {
  curves: new Charts(panel, ["chief", "other"]),
  layers: new Layers(panel),
  hardware: new Charts(panel, ["hardware"]),
  compare: new Compare(panel),
  why: new Why(panel),
};
const withTools = ["curves", "hardware"];
const numSignals = new Map(); // of each run, when its charts were made

function openTab(before) {
  if (before) tabs[before].close();
  for (const name of Object.keys(tabs)) {
    const button = byId(`tab-${name}`);
    button.setAttribute("aria-selected", String(name === view.tab));
    button.tabIndex = name === view.tab ? 0 : -1;
  }
  panel.setAttribute("aria-labelledby", `tab-${view.tab}`);
  byId("tools").hidden = !withTools.includes(view.tab);
  byId("keys").hidden = !withTools.includes(view.tab);
  tabs[view.tab].open();
}

function showTools() {
  byId("axis").value = view.axis;
  byId("log-x").checked = view.logX;
  byId("log-y").checked = view.logY;
  byId("smooth").value = view.smooth;
  if (document.activeElement !== byId("signal-filter")) byId("signal-filter").value = view.query;
  byId("whole").hidden = view.first === null;
  const known = new Set(view.selected.flatMap((id) => rows.get(id)?.axes ?? []));
  for (const option of byId("axis").options) option.disabled = known.size > 0 && !known.has(option.value);
}

let open = view.tab;

onChange((keys) => {
  const now = tabs[view.tab];
  showTools();
  if (keys.has("selected")) runsList.draw();
  if (keys.has("tab")) {
    openTab(open);
    open = view.tab;
    return;
  }
  if (keys.has("selected")) now.refresh();
  else if (keys.has("axis")) now.anew?.();
  else if (keys.has("logX")) now.stale?.(null);
  else if (keys.has("first") || keys.has("last")) now.look ? now.look() : now.refresh();
  else if (keys.has("logY") || keys.has("smooth")) now.redraw?.();
  else if (keys.has("query")) now.filter?.();
  else if (keys.has("statistic")) now.refresh();
});

onNews((ids) => {
  const before = view.selected;
  runsList.settle();
  runsList.draw();
  showTools();
  const grown = view.selected.some((id) => numSignals.has(id) && numSignals.get(id) !== rows.get(id)?.num_signals);
  for (const id of view.selected) numSignals.set(id, rows.get(id)?.num_signals);
  if (grown) tabs[view.tab].refresh();
  else if (before === view.selected) tabs[view.tab].stale?.(ids);
});

for (const name of Object.keys(tabs)) {
  byId(`tab-${name}`).addEventListener("click", () => change({ tab: name }));
}
byId("tabs").addEventListener("keydown", (event) => {
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!way) return;
  const names = Object.keys(tabs);
  const next = names[(names.indexOf(view.tab) + way + names.length) % names.length];
  change({ tab: next });
  byId(`tab-${next}`).focus();
});
byId("signal-filter").addEventListener("input", (event) => change({ query: event.target.value }));
byId("axis").addEventListener("change", (event) => change({ axis: event.target.value, first: null, last: null }));
byId("log-x").addEventListener("change", (event) => change({ logX: event.target.checked }));
byId("log-y").addEventListener("change", (event) => change({ logY: event.target.checked }));
byId("smooth").addEventListener("input", (event) => change({ smooth: +event.target.value }));
byId("whole").addEventListener("click", () => zoom(null, null));
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  byId(byId("tools").hidden ? "run-filter" : "signal-filter").focus();
});

restore();
open = view.tab;
runsList.begin();
showTools();
openTab(null);
follow((told) => setText(byId("stream"), told));
