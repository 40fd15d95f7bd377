// What is looked at: which runs, which part of them, how. The address holds it, for a reload.

const KEPT = ["tab", "axis", "logX", "logY", "smooth", "query", "first", "last", "statistic"];

export const view = {
  tab: "curves",
  axis: "step",
  logX: false,
  logY: false,
  smooth: 0, // percent of what is seen, as the width of the window
  query: "", // of signals
  first: null, // of what is seen, null: all there is
  last: null,
  statistic: "grad_norm", // of the layers
  selected: [], // ids of runs, in the order in which they were chosen
  chosen: false, // whether a person chose them
};

const listeners = [];

export function onChange(listener) {
  listeners.push(listener);
}

export function change(news) {
  const keys = Object.keys(news).filter((key) => view[key] !== news[key]);
  if (!keys.length) return;
  Object.assign(view, news);
  for (const listener of listeners) listener(new Set(keys));
  save();
}

export function zoom(first, last) {
  if (first !== null && !(last > first)) return;
  change({ first, last });
}

let saving = 0;

function save() {
  clearTimeout(saving);
  saving = setTimeout(() => {
    const told = new URLSearchParams();
    for (const key of KEPT) if (view[key] || view[key] === 0) told.set(key, view[key]);
    if (view.chosen) for (const id of view.selected) told.append("run", id);
    history.replaceState(null, "", `#${told}`);
  }, 200);
}

export function restore() {
  const told = new URLSearchParams(location.hash.slice(1));
  const word = (key, among) => among.includes(told.get(key)) && (view[key] = told.get(key));
  const number = (key) => told.has(key) && Number.isFinite(+told.get(key)) && (view[key] = +told.get(key));
  word("tab", ["curves", "layers", "hardware", "compare", "why"]);
  word("axis", ["step", "time", "epoch"]);
  for (const key of ["logX", "logY"]) view[key] = told.get(key) === "true";
  for (const key of ["smooth", "first", "last"]) number(key);
  if (view.first === null || view.last === null || view.last <= view.first) view.first = view.last = null;
  for (const key of ["query", "statistic"]) if (told.has(key)) view[key] = told.get(key);
  view.selected = told.getAll("run");
  view.chosen = view.selected.length > 0;
}
