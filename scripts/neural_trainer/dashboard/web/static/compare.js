// The chosen runs side by side: how each stands, and in what their configurations differ.

import { assign, colourClass } from "./colours.js";
import { make } from "./dom.js";
import { asJson, reportAddress } from "./server.js";
import { standing } from "./runs_list.js";
import { rows } from "./stream.js";
import { count, plain, writer } from "./text.js";
import { view } from "./view.js";

const MOST_ROWS = 400; // of a configuration

export class Compare {
  constructor(panel) {
    this.panel = panel;
    this.all = make("input", { type: "checkbox", onchange: () => this.#table() });
    this.standing = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "How the runs stand" });
    this.configs = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Their configurations" });
    this.told = make("p", { class: "soft", role: "status" });
  }

  open() {
    this.panel.replaceChildren(
      make("h2", {}, "How they stand"), this.standing,
      make("h2", {}, "Configuration"), make("p", {}, make("label", {}, this.all, " also what is the same")), this.told, this.configs);
    this.refresh();
  }

  close() {}

  stale(ids) {
    if (ids && view.selected.some((id) => ids.has(id))) this.#stand();
  }

  async refresh() {
    this.#stand();
    const asked = (this.asked = {});
    const runs = this.#runs().map((row) => row.id);
    const found = await asJson("configs", { run: runs }).catch(() => ({ entries: [] }));
    if (asked !== this.asked) return;
    this.entries = runs.length ? found.entries : [];
    this.#table();
  }

  #runs() {
    assign(view.selected);
    return view.selected.map((id) => rows.get(id)).filter((row) => row?.read);
  }

  #head(first) {
    return make("tr", {}, make("th", { scope: "col" }, first), ...this.#runs().map((row) =>
      make("th", { scope: "col" }, make("i", { class: `swatch ${colourClass(row.id)}` }), plain(row.run, 40))));
  }

  #stand() {
    const runs = this.#runs();
    const names = [...new Set(runs.flatMap((row) => Object.keys(row.signals)))];
    const line = (name, tell) => make("tr", {}, make("th", { scope: "row" }, name), ...runs.map((row) => make("td", {}, tell(row))));
    const lines = [
      line("verdict", (row) => make("span", { class: `pill ${standing(row)[0]}` }, standing(row)[1])),
      line("step", (row) => `${count(row.step)}${row.total_steps ? ` of ${count(row.total_steps)}` : ""}`),
      ...names.map((name) => line(plain(name, 40), (row) => measure(row.signals[name], writer(name)))),
      line("report", (row) => make("a", { href: reportAddress(row.id), target: "_blank", rel: "noopener" }, "open")),
    ];
    this.standing.replaceChildren(runs.length ? make("table", {}, make("thead", {}, this.#head("")), make("tbody", {}, ...lines)) : "No run is chosen.");
  }

  #table() {
    const several = this.#runs().length > 1;
    const entries = (this.entries ?? []).filter((entry) => entry.differs || this.all.checked || !several);
    const alike = (this.entries ?? []).filter((entry) => !entry.differs).length;
    const lines = entries.slice(0, MOST_ROWS).map(({ key, values, differs }) => make("tr", { class: differs ? "differs" : "" },
      make("th", { scope: "row" }, plain(key)), ...values.map((each) => make("td", {}, each === null ? make("span", { class: "soft" }, "not there") : plain(each, 400)))));
    this.told.textContent = this.entries?.length
      ? `${this.entries.length - alike} of ${this.entries.length} keys differ${entries.length > MOST_ROWS ? `; the first ${MOST_ROWS} are shown` : ""}`
      : "These runs have no configuration beside their logs.";
    if (!several) this.told.textContent += " Choose a second run to see what differs.";
    this.configs.replaceChildren(lines.length ? make("table", {}, make("thead", {}, this.#head("key")), make("tbody", {}, ...lines)) : "");
  }
}

function measure(told, value) {
  if (!told) return make("span", { class: "soft" }, "not logged");
  const best = told.best === null ? "" : `, best ${value(told.best)} at ${count(told.best_step)}`;
  return make("span", {}, make("b", {}, value(told.now)), make("span", { class: "soft" }, `, smoothed ${value(told.smoothed)}${best}`));
}
