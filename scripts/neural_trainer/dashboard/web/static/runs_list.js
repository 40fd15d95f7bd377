// The list of runs: which are looked at, how each stands.

import { assign, colourClass } from "./colours.js";
import { byId, make, setText } from "./dom.js";
import { rows, state } from "./stream.js";
import { count, duration, percent, plain, value } from "./text.js";
import { change, view } from "./view.js";

const AT_FIRST = 4; // runs that are chosen for somebody who has chosen none
const items = new Map(); // by id
const filter = byId("run-filter");
const which = byId("run-state");
const list = byId("runs");

export function begin() {
  for (const each of [filter, which]) each.addEventListener("input", draw);
  byId("select-shown").addEventListener("click", () => choose(shown().map((row) => row.id)));
  byId("select-none").addEventListener("click", () => choose([]));
}

function choose(ids) {
  change({ selected: ids.slice(0, 50), chosen: true });
}

// Keeps the choice to runs that are there; at first the newest, those with alarms before others.
export function settle() {
  const there = view.selected.filter((id) => rows.has(id));
  if (view.chosen) {
    if (there.length !== view.selected.length) change({ selected: there });
    return;
  }
  const read = [...rows.values()].filter((row) => row.read);
  const wanted = there.length ? there : read.slice(0, AT_FIRST).map((row) => row.id);
  if (wanted.join() !== view.selected.join()) change({ selected: wanted });
}

function shown() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  return [...rows.values()].filter((row) => {
    const causes = (row.alarms?.raised ?? []).map((alarm) => `${alarm.id} ${alarm.cause}`).join(" ");
    const told = `${row.run} ${row.state} ${row.path} ${causes} ${standing(row)[1]}`.toLowerCase();
    const raised = row.alarms?.raised.length > 0;
    const fits = { all: true, alarms: raised, going: isGoing(row), ended: row.read && !isGoing(row) };
    return fits[which.value] && words.every((word) => told.includes(word));
  });
}

function isGoing(row) {
  return row.read && !row.silent && !row.state;
}

export function draw() {
  assign(view.selected);
  const seen = shown();
  const ids = new Set(seen.map((row) => row.id));
  for (const [id, item] of items) {
    if (ids.has(id)) continue;
    item.element.remove();
    items.delete(id);
  }
  seen.forEach((row, place) => {
    if (!items.has(row.id)) items.set(row.id, new Item(row.id));
    const item = items.get(row.id);
    item.show(row);
    if (list.children[place] !== item.element) list.insertBefore(item.element, list.children[place] ?? null);
  });
  const left = state.older ? `${state.older} older runs are not shown: name them to see them` : "";
  setText(byId("older"), left || (rows.size && !seen.length ? "No run matches." : ""));
  const alarms = [...rows.values()].filter((row) => row.alarms?.raised.length).length;
  const some = `${rows.size} run${rows.size === 1 ? "" : "s"}`;
  const told = state.arrived ? `${some}, ${alarms ? `${alarms} with alarms` : "none with an alarm"}` : "";
  setText(byId("summary"), state.arrived && !rows.size ? "No run is registered in this project." : told);
}

class Item {
  constructor(id) {
    this.box = make("input", { type: "checkbox", onchange: () => this.#toggle() });
    this.swatch = make("i", {});
    this.name = make("span", { class: "name" });
    this.pill = make("span", { class: "pill" });
    this.line = make("span", { class: "soft line" });
    this.cause = make("span", { class: "cause" });
    this.id = id;
    this.element = make("li", {}, make("label", {}, this.box, this.swatch, this.name, this.pill, this.line, this.cause));
  }

  show(row) {
    const selected = view.selected.includes(row.id);
    const [tone, told] = standing(row);
    setText(this.name, plain(row.run, 60));
    setText(this.pill, told);
    setText(this.line, line(row));
    setText(this.cause, cause(row));
    this.name.title = `${plain(row.run)}\n${plain(row.path, 400)}`;
    this.pill.className = `pill ${tone}`;
    this.box.checked = selected;
    this.swatch.className = selected ? colourClass(row.id) : "none";
    this.element.dataset.run = plain(row.run);
  }

  #toggle() {
    const others = view.selected.filter((id) => id !== this.id);
    choose(this.box.checked ? [...others, this.id] : others);
  }
}

const VERDICTS = {
  healthy: ["good", "healthy"], converged: ["good", "converged"], cannot_judge: ["unsure", "too little to judge"],
  faulty: ["bad", "faulty"],
};

// In a word how a run stands, and its tone.
export function standing(row) {
  if (!row.read) return row.state === "not read yet" ? ["", "reading"] : ["unsure", "unread"];
  if (!row.alarms) return ["", "judging"];
  const raised = row.alarms.raised.length;
  if (raised) return ["bad", `${raised} alarm${raised === 1 ? "" : "s"}`];
  return VERDICTS[row.alarms.verdict] ?? ["good", "no alarm"];
}

function line(row) {
  if (!row.read) return plain(row.state, 200);
  const parts = [`${row.axis} ${count(row.step)}${row.total_steps ? ` of ${count(row.total_steps)}` : ""}`];
  const chief = row.signals[row.chief_signal];
  if (chief) parts.push(`${plain(row.chief_signal, 24)} ${value(chief.smoothed)}`);
  if (row.state) parts.push(plain(row.state, 120));
  else if (row.silent) parts.push("silent");
  else if (row.seconds_left > 0) parts.push(`${duration(row.seconds_left)} left`);
  return parts.join(" · ");
}

function cause(row) {
  const first = row.alarms?.raised.find((alarm) => alarm.cause);
  if (!first) return "";
  return `${plain(first.cause, 40)}${first.confidence === null ? "" : ` ${percent(first.confidence)}`}`;
}
