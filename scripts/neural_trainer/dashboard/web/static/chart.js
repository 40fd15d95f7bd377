// One chart: curves of one or two signals, of several runs, over what is seen of an axis.

import uPlot from "./uplot/uPlot.esm.js";
import { colourOf, css, dashOf } from "./colours.js";
import { make } from "./dom.js";
import { legend } from "./legend.js";
import { MarkButtons, drawMarks } from "./marks.js";
import { smoothed } from "./smoothing.js";
import { along, plain, ticks, writer } from "./text.js";
import { view, zoom } from "./view.js";

const HEIGHT = 240;
const BARE = 40; // points up to which each is a dot
const FAINT = 0.22;
const LEAST_SHARE = 1e-6; // of an axis, below which it is not zoomed

// A tick of a logarithmic axis that has one digit; others would crowd it.
const round = (tick) => (tick !== null && +tick.toPrecision(1) === tick ? tick : null);

export class Chart {
  // names: of its signals; marked: whether alarms are buttons here.
  constructor(names, marked) {
    this.names = names;
    this.title = plain(names[0]) + (names.length > 1 ? " and held-out" : "");
    this.box = make("div", { class: "plot" });
    this.values = make("ul", { class: "legend" });
    this.note = make("p", { class: "soft note" });
    this.element = make("figure", { class: "chart", tabindex: "0", role: "group",
      "aria-label": `Chart of ${this.title}` },
      make("figcaption", {}, make("h3", {}, this.title), this.values), this.box, this.note);
    this.buttons = marked ? new MarkButtons() : null;
    this.curves = [];
    this.marks = [];
    this.plot = null;
    this.span = null; // of the axis, where nobody has zoomed
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.box.addEventListener("dblclick", () => zoom(null, null));
    this.box.addEventListener("mousedown", (event) => this.#grab(event), { capture: true });
  }

  get width() {
    return Math.max(200, Math.floor(this.box.clientWidth || this.element.clientWidth - 24));
  }

  // Curves as the server gave them, and alarms by run.
  show({ curves, marks, unknown }, nameOf) {
    this.curves = curves;
    this.marks = Object.entries(marks).flatMap(([run, list]) => list.map((mark) => ({ run, ...mark })));
    this.nameOf = nameOf;
    this.unknown = unknown;
    this.draw();
  }

  // Where its points lie: of all its runs.
  get reach() {
    const spans = this.curves.map((curve) => curve.span).filter(Boolean);
    if (!spans.length) return null;
    return [Math.min(...spans.map((s) => s[0])), Math.max(...spans.map((s) => s[1]))];
  }

  draw() {
    this.box.classList.toggle("empty", !this.curves.length);
    this.element.dataset.points = this.curves.reduce((sum, curve) => sum + curve.points, 0);
    this.element.dataset.shows = this.curves.some((curve) => curve.ranges) ? "ranges" : "points";
    this.note.textContent = this.#notes();
    if (!this.curves.length) {
      this.close();
      this.values.replaceChildren();
      return;
    }
    this.lines = this.curves.map((curve) => this.#line(curve));
    const data = uPlot.join(this.lines.map((line) => [line.x, line.y]));
    if (!data[0].length) data[0] = [...(this.span ?? [0, 1])];
    for (let i = 1; i <= this.lines.length; i += 1) data[i] ??= data[0].map(() => null);
    // A plot is made anew only where it must be: a cursor or a drag on it would be lost.
    const made = JSON.stringify([view.logX, view.logY, css("ink"),
      this.curves.map((curve) => [curve.run, curve.signal, this.#dots(curve)])]);
    if (this.plot && made === this.made) this.plot.setData(data);
    else {
      this.close();
      this.plot = new uPlot(this.#options(), data, this.box);
      this.made = made;
    }
    this.buttons?.attach(this.plot, this.#shownMarks(), this.nameOf);
    legend(this, this.plot.cursor.idx);
    this.element.dataset.drawn = String(Number(this.element.dataset.drawn ?? 0) + 1);
  }

  close() {
    this.plot?.destroy();
    this.plot = null;
  }

  // What is seen, after a zoom: at once, with the points that are here.
  look() {
    if (!this.plot) return;
    const [min, max] = this.#ends();
    this.plot.setScale("x", { min, max });
  }

  #notes() {
    const told = [];
    if (this.unknown?.length) told.push(`${this.unknown.length} of the runs have no ${view.axis} axis`);
    if (this.curves.some((curve) => curve.lost.length)) told.push("amber: not finite");
    const nowhere = this.curves.filter((curve) => !curve.n && curve.lost.length);
    if (nowhere.length) told.push(`${nowhere.length} of the curves hold no finite value here`);
    return told.join(" · ");
  }

  #ends() {
    let [first, last] = [view.first, view.last];
    if (first === null) [first, last] = this.span ?? this.reach ?? [0, 1];
    if (view.logX && first <= 0) {
      const positive = this.lines.flatMap((line) => line.x.find((x) => x > 0) ?? []);
      first = Math.min(...positive, last > 0 ? last / 10 : 0.1);
    }
    return last > first ? [first, last] : [first - 0.5, first + 0.5];
  }

  // The line that is drawn of a curve; where it is broken, a null.
  #line(curve) {
    const y = Array.from(curve.mean, (v) => (Number.isFinite(v) && !(view.logY && v <= 0) ? v : null));
    const [first, last] = this.span || view.first !== null ? this.#spanOf() : [curve.x[0], curve.x.at(-1)];
    const log = view.logX && first > 0;
    const width = (view.smooth / 100) * 0.5 * (log ? Math.log(last / first) : last - first);
    const out = smoothed(curve.x, y, width, log);
    const x = Array.from(curve.x);
    for (const [begin] of curve.lost) {
      const place = x.findIndex((each) => each > begin);
      if (place > 0) {
        x.splice(place, 0, begin > x[place - 1] ? begin : (x[place - 1] + x[place]) / 2);
        out.splice(place, 0, null);
      }
    }
    if (view.logX) {
      const from = x.findIndex((each) => each > 0);
      return { x: from < 0 ? [] : x.slice(from), y: from < 0 ? [] : out.slice(from) };
    }
    return { x, y: out };
  }

  #spanOf() {
    return view.first !== null ? [view.first, view.last] : this.span;
  }

  #options() {
    const soft = css("soft");
    const axis = { stroke: soft, font: "12px system-ui, sans-serif", grid: { stroke: css("line"), width: 1 },
      ticks: { stroke: css("line"), width: 1 } };
    return {
      width: this.width,
      height: HEIGHT,
      legend: { show: false },
      padding: [10, 12, 0, 0],
      cursor: {
        sync: { key: "neural-trainer", filters: { pub: (type) => type.startsWith("mousemove") || type === "mouseleave" } },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        points: { size: 7 },
      },
      scales: {
        x: { time: false, distr: view.logX ? 3 : 1, range: () => this.#ends() },
        y: { distr: view.logY ? 3 : 1, range: () => this.#heights() },
      },
      axes: [
        { ...axis, size: 34, values: (_, at) => ticks(at, (tick, digits) => along(view.axis, tick, digits)) },
        { ...axis, size: (_, told) => 26 + 7 * Math.max(4, ...(told ?? []).map((each) => each.length)),
          values: (_, at) => ticks(view.logY ? at.map(round) : at, writer(this.names[0])) },
      ],
      series: [{}, ...this.curves.map((curve) => this.#series(curve))],
      hooks: {
        setCursor: [(plot) => legend(this, plot.cursor.idx)],
        setSelect: [(plot) => this.#selected(plot)],
        drawAxes: [(plot) => this.#drawBehind(plot)],
        draw: [(plot) => drawMarks(plot, this.#shownMarks(), this.curves)],
        setScale: [() => this.buttons?.place()],
        setSize: [() => this.buttons?.place()],
      },
    };
  }

  #series(curve) {
    const heldOut = this.names.indexOf(curve.signal) > 0;
    const dash = heldOut ? [6, 4] : dashOf(curve.run);
    return {
      stroke: colourOf(curve.run),
      width: heldOut ? 2 : 1.6,
      dash: dash.length ? dash : undefined,
      spanGaps: false,
      pxAlign: 0, // a slow slope is no staircase
      points: { show: this.#dots(curve), size: 5 },
    };
  }

  // Whether each point is a dot: there are few.
  #dots(curve) {
    return curve.points <= BARE || (this.names.indexOf(curve.signal) > 0 && curve.n <= 5 * BARE);
  }

  #shownMarks() {
    return this.marks.filter((mark) => Number.isFinite(mark.x));
  }

  // The least and the highest that is seen, of each point, not of the mean.
  #heights() {
    const [first, last] = this.#ends();
    let [least, most] = [Infinity, -Infinity];
    for (const { x, low, high } of this.curves) {
      for (let i = 0; i < x.length; i += 1) {
        if (x[i] < first || x[i] > last || !Number.isFinite(low[i])) continue;
        if (low[i] < least && !(view.logY && low[i] <= 0)) least = low[i];
        if (high[i] > most) most = high[i];
      }
    }
    if (!(most >= least)) return view.logY ? [0.1, 1] : [0, 1];
    if (view.logY) return [least / 1.1, most * 1.1];
    const room = 0.05 * (most - least) || 0.05 * Math.abs(most) || 1;
    return [least - room, most + room];
  }

  // Behind the lines: from the least to the highest of each stretch, or the points as they are.
  #drawBehind(plot) {
    const ctx = plot.ctx;
    const { left, top, width, height } = plot.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    for (const curve of this.curves) {
      this.#drawLost(plot, ctx, curve);
      if (!curve.ranges && !view.smooth) continue;
      ctx.fillStyle = ctx.strokeStyle = colourOf(curve.run);
      ctx.lineWidth = devicePixelRatio;
      for (const [begin, end] of this.#pieces(curve)) this.#drawBand(plot, ctx, curve, begin, end);
    }
    ctx.restore();
  }

  // Where it goes on without a break: places, from and up to.
  #pieces({ x, lost }) {
    const first = view.logX ? x.findIndex((each) => each > 0) : 0;
    if (first < 0) return [];
    const cuts = lost.map(([begin]) => x.findIndex((each) => each > begin)).filter((place) => place > first);
    return [first, ...cuts].map((begin, place) => [begin, cuts[place] ?? x.length]);
  }

  #drawBand(plot, ctx, { x, low, high, ranges }, begin, end) {
    const floor = plot.scales.y.min;
    const down = (v) => plot.valToPos(view.logY && v <= 0 ? floor : v, "y", true);
    ctx.beginPath();
    for (let i = begin; i < end; i += 1) ctx.lineTo(plot.valToPos(x[i], "x", true), down(high[i]));
    for (let i = end - 1; ranges && i >= begin; i -= 1) ctx.lineTo(plot.valToPos(x[i], "x", true), down(low[i]));
    ctx.globalAlpha = FAINT;
    if (ranges) ctx.fill();
    ctx.globalAlpha = ranges ? FAINT : 2 * FAINT;
    ctx.stroke();
  }

  #drawLost(plot, ctx, curve) {
    ctx.fillStyle = css("unsure");
    ctx.globalAlpha = 0.35;
    for (const [begin, end] of curve.lost) {
      if (view.logX && end <= 0) continue;
      const at = plot.valToPos(Math.max(begin, plot.scales.x.min), "x", true);
      const width = Math.max(2 * devicePixelRatio, plot.valToPos(end, "x", true) - at);
      ctx.fillRect(at, plot.bbox.top, width, plot.bbox.height);
    }
  }

  #selected(plot) {
    const { left, width } = plot.select;
    if (width > 3) {
      this.#zoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    }
  }

  #zoom(first, last) {
    const [least, most] = this.span ?? this.#ends();
    if (last - first < LEAST_SHARE * (most - least)) return;
    const low = Math.max(first, least);
    const high = Math.min(last, most);
    if (low <= least && high >= most) zoom(null, null);
    else zoom(low, high);
  }

  // share: 0 to 1, of what is seen, that stays in its place; by: how much is seen afterwards.
  #scale(share, by) {
    const plot = this.plot;
    if (!plot) return;
    const wide = plot.bbox.width / devicePixelRatio;
    const left = share * wide * (1 - by);
    this.#zoom(plot.posToVal(left, "x"), plot.posToVal(left + by * wide, "x"));
  }

  #move(share) {
    const plot = this.plot;
    if (!plot || view.first === null) return;
    const wide = plot.bbox.width / devicePixelRatio;
    const [least, most] = this.span ?? this.#ends();
    const [first, last] = [plot.posToVal(share * wide, "x"), plot.posToVal((1 + share) * wide, "x")];
    if (view.logX) this.#zoom(first, last);
    else {
      const back = Math.max(0, least - first) - Math.max(0, last - most);
      this.#zoom(first + back, last + back);
    }
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    const over = this.plot?.over.getBoundingClientRect();
    if (over) this.#scale((event.clientX - over.left) / over.width, Math.exp(event.deltaY / 400));
  }

  // With Shift a drag moves what is seen.
  #grab(event) {
    if (!event.shiftKey || !this.plot) return;
    event.stopPropagation();
    event.preventDefault();
    let from = event.clientX;
    const wide = this.plot.over.clientWidth;
    const move = (now) => {
      this.#move((from - now.clientX) / wide);
      from = now.clientX;
    };
    const end = () => {
      removeEventListener("mousemove", move);
      removeEventListener("mouseup", end);
    };
    addEventListener("mousemove", move);
    addEventListener("mouseup", end);
  }

  #key(event) {
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way && event.shiftKey) this.#move(0.2 * way);
    else if (way) this.#read(way);
    else if (event.key === "+" || event.key === "=") this.#scale(0.5, 0.5);
    else if (event.key === "-") this.#scale(0.5, 2);
    else if (event.key === "0") zoom(null, null);
    else return;
    event.preventDefault();
  }

  #read(way) {
    const plot = this.plot;
    if (!plot) return;
    const [first, last] = this.#ends();
    const xs = plot.data[0];
    const before = plot.cursor.idx ?? (way > 0 ? xs.findIndex((x) => x >= first) - 1 : xs.length);
    let idx = before + way * Math.max(1, Math.round(xs.length / 200));
    idx = Math.min(Math.max(idx, 0), xs.length - 1);
    if (xs[idx] < first || xs[idx] > last) return;
    plot.setCursor({ left: plot.valToPos(xs[idx], "x"), top: 10 });
    legend(this, idx, true);
  }
}
