// The charts of what is looked at: those in sight are drawn, and drawn again when there is news.

import { assign, onLooks } from "./colours.js";
import { Chart } from "./chart.js";
import { make } from "./dom.js";
import { asJson, curves } from "./server.js";
import { rows } from "./stream.js";
import { plain } from "./text.js";
import { view } from "./view.js";

const AT_ONCE = 24; // charts; more when asked for
const SOON_MS = 60; // after a zoom, before its detail is asked for
const BESIDE = 0.25; // of what is seen, asked for at either side: a pan finds something

// A wall of charts in `panel`; kinds: of the groups of signals that it shows.
export class Charts {
  constructor(panel, kinds) {
    this.panel = panel;
    this.kinds = kinds;
    this.wall = make("div", { class: "wall" });
    this.more = make("button", { type: "button", onclick: () => this.#show(this.shown + AT_ONCE) });
    this.told = make("p", { class: "soft", role: "status" });
    this.cells = new Map(); // by signals: {chart, seen, stale, asking}
    this.shown = AT_ONCE;
    this.charts = [];
    this.span = null;
    this.watcher = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "200px" });
    this.sizes = new ResizeObserver(() => this.#resized());
    onLooks(() => this.#redraw());
  }

  open() {
    this.panel.replaceChildren(this.told, this.wall, this.more);
    this.sizes.observe(this.wall);
    this.refresh();
  }

  close() {
    this.sizes.disconnect();
    for (const cell of this.cells.values()) this.#forget(cell);
    this.cells.clear();
    this.wall.replaceChildren();
  }

  // Which charts there are, for the runs that are chosen.
  async refresh() {
    assign(view.selected);
    const asked = (this.asked = view.selected.join());
    if (!asked) {
      this.charts = [];
      this.#show(AT_ONCE);
      return;
    }
    const found = await asJson("signals", { run: view.selected }).catch(() => null);
    if (!found || asked !== this.asked) return;
    this.charts = this.kinds.flatMap((kind) => found[kind]);
    this.span = null;
    this.#show(Math.max(AT_ONCE, this.shown));
    this.stale();
  }

  filter() {
    this.#show(AT_ONCE);
  }

  // Other points have come for runs `ids`, or all is to be asked for anew.
  stale(ids = null) {
    if (ids && !view.selected.some((id) => ids.has(id))) return;
    for (const cell of this.cells.values()) {
      cell.stale = true;
      if (cell.seen) this.#ask(cell);
    }
  }

  // The part that is seen has changed.
  look() {
    for (const { chart } of this.cells.values()) chart.look();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.stale(), SOON_MS);
  }

  // The axis is another one, or the set of runs.
  anew() {
    this.span = null;
    this.stale();
  }

  redraw() {
    this.#redraw();
  }

  #matching() {
    const words = view.query.toLowerCase().split(/\s+/).filter(Boolean);
    return this.charts.filter((names) => {
      const told = names.join(" ").toLowerCase();
      return words.every((word) => told.includes(word));
    });
  }

  #show(count) {
    this.shown = count;
    const matching = this.#matching();
    const names = matching.slice(0, count);
    const keys = new Set(names.map((each) => each.join("\n")));
    for (const [key, cell] of this.cells) {
      if (keys.has(key)) continue;
      this.#forget(cell);
      this.cells.delete(key);
    }
    for (const [place, each] of names.entries()) this.#cell(each, place === 0);
    // Those that stay keep their place, so that nothing flickers.
    names.forEach((each, place) => {
      const { element } = this.cells.get(each.join("\n")).chart;
      if (this.wall.children[place] !== element) this.wall.insertBefore(element, this.wall.children[place] ?? null);
    });
    const left = matching.length - names.length;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show ${Math.min(left, AT_ONCE)} more of ${left}`;
    this.told.textContent = this.#message(matching.length);
  }

  #message(matching) {
    if (!rows.size) return "No run yet.";
    if (!view.selected.length) return "No run is chosen: choose one in the list.";
    if (!this.charts.length) return this.kinds.includes("chief") ? "These runs hold no signal yet." : "Nothing was logged of the hardware.";
    if (matching === this.charts.length) return "";
    return matching ? `${matching} of ${this.charts.length} charts match` : `No signal matches “${plain(view.query, 60)}”.`;
  }

  #cell(names, marked) {
    const key = names.join("\n");
    const before = this.cells.get(key);
    if (before && before.marked === marked) return;
    if (before) this.#forget(before);
    const cell = { chart: new Chart(names, marked), marked, seen: false, stale: true, asking: null };
    cell.chart.span = this.span;
    this.cells.set(key, cell);
    this.watcher.observe(cell.chart.element);
  }

  #forget(cell) {
    this.watcher.unobserve(cell.chart.element);
    cell.asking?.abort();
    cell.chart.close();
    cell.chart.element.remove();
  }

  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      for (const cell of this.cells.values()) {
        if (cell.chart.element !== target) continue;
        cell.seen = isIntersecting;
        if (isIntersecting && cell.stale) this.#ask(cell);
      }
    }
  }

  async #ask(cell) {
    if (cell.asking) {
      cell.again = true;
      return;
    }
    const { chart } = cell;
    cell.stale = false;
    cell.again = false;
    cell.asking = new AbortController();
    const wide = view.first === null ? 0 : BESIDE * (view.last - view.first);
    const query = {
      run: view.selected, signal: chart.names, axis: view.axis, log: view.logX ? 1 : 0,
      first: view.first === null ? null : view.first - wide,
      last: view.first === null ? null : view.last + wide,
      count: Math.min(4000, Math.round(chart.width * Math.min(devicePixelRatio, 2) * (wide ? 1 + 2 * BESIDE : 1))),
    };
    try {
      const found = await curves(query, cell.asking.signal);
      const nameOf = (id) => plain(rows.get(id)?.run ?? id, 60);
      chart.curves = found.curves;
      this.#reach(chart);
      chart.show(found, nameOf);
    } catch (error) {
      if (error.name !== "AbortError") cell.stale = true; // the next news asks again
    } finally {
      cell.asking = null;
      if (cell.again && cell.seen) this.#ask(cell);
    }
  }

  // All charts show the same part of the axis: what any of them has.
  #reach(chart) {
    const own = chart.reach;
    if (!own) {
      chart.span = this.span;
      return;
    }
    const before = this.span;
    const span = before ? [Math.min(before[0], own[0]), Math.max(before[1], own[1])] : own;
    this.span = chart.span = span;
    if (!before || (before[0] === span[0] && before[1] === span[1])) return;
    for (const cell of this.cells.values()) {
      cell.chart.span = span;
      if (cell.chart !== chart && view.first === null) cell.chart.look();
    }
  }

  #redraw() {
    for (const { chart } of this.cells.values()) if (chart.plot) chart.draw();
  }

  #resized() {
    for (const { chart } of this.cells.values()) {
      if (chart.plot && Math.abs(chart.plot.width - chart.width) > 1) chart.plot.setSize({ width: chart.width, height: chart.plot.height });
    }
  }
}
