// The legend of a chart: which curve is which, and what each holds under the cursor.

import { colourClass } from "./colours.js";
import { make, setText } from "./dom.js";
import { along, plain, writer } from "./text.js";
import { view } from "./view.js";

const MOST = 8; // curves that are named
const NEAR = 12; // places to either side in which a curve without a value is looked up

export function legend(chart, idx, aloud = false) {
  const shown = chart.curves.slice(0, MOST);
  const more = chart.curves.length - shown.length;
  if (chart.values.childElementCount !== shown.length + 1 || chart.legendOf !== chart.curves) {
    chart.legendOf = chart.curves;
    chart.values.replaceChildren(...shown.map((curve) => item(chart, curve)), make("li", { class: "soft at" }));
  }
  shown.forEach((curve, place) => {
    const number = idx === null || idx === undefined ? last(chart, place) : near(chart.plot.data[place + 1], idx);
    setText(chart.values.children[place].querySelector("b"), writer(curve.signal)(number));
  });
  const at = idx === null || idx === undefined ? "last" : `at ${along(view.axis, chart.plot.data[0][idx], 8)}`;
  setText(chart.values.lastElementChild, `${at}${more > 0 ? `, ${more} more` : ""}`);
  chart.values.setAttribute("aria-live", aloud ? "polite" : "off");
}

function item(chart, curve) {
  const runs = new Set(chart.curves.map((each) => each.run)).size;
  const heldOut = chart.names.indexOf(curve.signal) > 0;
  const name = runs > 1 ? chart.nameOf(curve.run) : plain(curve.signal, 40);
  const told = runs > 1 && chart.names.length > 1 ? `${name} ${heldOut ? "held-out" : ""}` : name;
  return make("li", { title: `${chart.nameOf(curve.run)}: ${plain(curve.signal)}` },
    make("i", { class: `${colourClass(curve.run)}${heldOut ? " dashed" : ""}` }),
    make("span", {}, plain(told, 48)), " ", make("b", {}));
}

function last(chart, place) {
  const y = chart.lines[place].y;
  for (let i = y.length - 1; i >= 0; i -= 1) if (y[i] !== null) return y[i];
  return null;
}

function near(y, idx) {
  for (let away = 0; away <= NEAR; away += 1) {
    if (y[idx - away] != null) return y[idx - away];
    if (y[idx + away] != null) return y[idx + away];
  }
  return null;
}
