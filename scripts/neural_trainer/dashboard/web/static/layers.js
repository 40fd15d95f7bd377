// Heat maps: a statistic of each layer over the steps, one below the other for the chosen runs.

import { make } from "./dom.js";
import { onLooks } from "./colours.js";
import { heatMap } from "./server.js";
import { rows } from "./stream.js";
import { count, plain, value } from "./text.js";
import { change, view, zoom } from "./view.js";
import { colourAt } from "./heat_colours.js";

const MOST = 4; // runs
const [LEAST_ROW, MOST_ROW, HEIGHT] = [3, 18, 480]; // pixels
const NAMES = {
  grad_norm: "gradient norm", update_ratio: "update / weight", weight_norm: "weight norm",
  grad_cosine: "cosine with the gradient before", grad_zeros: "share of zero gradients",
  dead: "share of dead units", saturated: "share of saturated units",
};

export class Layers {
  constructor(panel) {
    this.panel = panel;
    this.choice = make("select", { id: "statistic", onchange: () => change({ statistic: this.choice.value }) });
    this.maps = make("div", {});
    this.told = make("p", { class: "soft", role: "status" });
    onLooks(() => this.isOpen && this.refresh());
  }

  open() {
    this.isOpen = true;
    this.panel.replaceChildren(make("p", {}, make("label", {}, "of each layer: ", this.choice)), this.told, this.maps);
    this.refresh();
  }

  close() {
    this.isOpen = false;
  }

  stale(ids) {
    if (!ids || view.selected.some((id) => ids.has(id))) this.refresh();
  }

  async refresh() {
    const shown = view.selected.map((id) => rows.get(id)).filter((row) => row?.layers.length);
    const known = Object.keys(NAMES).filter((name) => shown.some((row) => row.layers.includes(name)));
    if (this.choice.childElementCount !== known.length) {
      this.choice.replaceChildren(...known.map((name) => make("option", { value: name }, NAMES[name])));
    }
    const statistic = known.includes(view.statistic) ? view.statistic : known[0];
    if (statistic) this.choice.value = statistic;
    const some = shown.filter((row) => row.layers.includes(statistic)).slice(0, MOST);
    const left = view.selected.length - some.length;
    this.told.textContent = some.length
      ? (left ? `${left} of the chosen runs are not shown: no layers were measured, or there are more than ${MOST}.` : "")
      : "None of the chosen runs has layers that were measured: the Monitor writes layers.bin beside its metrics.";
    const part = view.axis === "step" ? { first: view.first, last: view.last } : {};
    const asked = (this.asked = {});
    const found = await Promise.all(some.map((row) =>
      heatMap({ run: row.id, statistic, ...part }).then((map) => [row, map]).catch(() => null)));
    if (asked !== this.asked) return;
    this.maps.replaceChildren(...found.filter(Boolean).map(([row, map]) => drawn(row, map, NAMES[statistic])));
  }
}

function drawn(row, map, name) {
  const [layers, columns] = [map.names.length, map.columns];
  const high = Math.max(LEAST_ROW, Math.min(MOST_ROW, Math.floor(HEIGHT / Math.max(1, layers))));
  const canvas = make("canvas", { width: columns, height: layers, tabindex: "0", role: "img",
    "aria-label": `${name} of ${layers} layers over the steps of ${plain(row.run)}; arrows read it` });
  canvas.style.height = `${high * layers}px`;
  paint(canvas, map);
  const at = make("p", { class: "soft at", role: "status" }, "Point at a cell, or focus the map and use the arrows.");
  const every = Math.max(1, Math.ceil(14 / high));
  const labels = make("ol", { class: "layer-names", "aria-hidden": "true" },
    ...map.names.map((each, place) => make("li", {}, place % every ? "" : plain(each, innerWidth > 800 ? 28 : 13))));
  labels.style.gridTemplateRows = `repeat(${layers}, ${high}px)`;
  const cell = { column: 0, layer: 0 };
  const tell = () => {
    const v = map.cells[cell.layer * columns + cell.column];
    const told = Number.isFinite(v) ? value(map.log ? 10 ** v : v) : map.log ? "zero or not measured" : "not measured";
    at.textContent = `${plain(map.names[cell.layer], 80)} (${plain(map.kinds[cell.layer], 20)}), step ${count(map.step[cell.column])}: ${told}`;
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    cell.column = clamp(Math.floor(((event.clientX - box.left) / box.width) * columns), columns);
    cell.layer = clamp(Math.floor(((event.clientY - box.top) / box.height) * layers), layers);
    tell();
  });
  canvas.addEventListener("keydown", (event) => {
    const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "0") zoom(null, null);
    if (!right && !down) return;
    event.preventDefault();
    cell.column = clamp(cell.column + right, columns);
    cell.layer = clamp(cell.layer + down, layers);
    tell();
  });
  const more = map.num_layers > layers ? `; the first ${layers} of ${map.num_layers}` : "";
  return make("figure", { class: "heat" },
    make("figcaption", {}, make("h3", {}, plain(row.run, 80)), make("span", { class: "soft" }, `${name}, ${layers} layers${more}`)),
    make("div", { class: "heat-box" }, labels, canvas),
    make("div", { class: "heat-foot soft" }, make("span", {}, `step ${count(map.step[0])}`), scale(map), make("span", {}, count(map.step.at(-1)))),
    at);
}

function paint(canvas, map) {
  const ctx = canvas.getContext("2d");
  const image = ctx.createImageData(map.columns, map.names.length);
  map.cells.forEach((v, place) => {
    const share = (v - map.low) / (map.high - map.low || 1);
    image.data.set(Number.isFinite(v) ? colourAt(share) : [128, 128, 128, 70], 4 * place);
  });
  ctx.putImageData(image, 0, 0);
}

function scale(map) {
  const canvas = make("canvas", { width: 64, height: 1, class: "scale", "aria-hidden": "true" });
  paint(canvas, { columns: 64, names: [""], low: 0, high: 63, cells: Float32Array.from({ length: 64 }, (_, i) => i) });
  const end = (v) => value(map.log ? 10 ** v : v);
  return make("span", { class: "scale-box" }, end(map.low), canvas, end(map.high));
}

function clamp(place, count) {
  return Math.min(Math.max(place, 0), count - 1);
}
