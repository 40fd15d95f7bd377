// Alarms on a chart: a line where each began, and a button that tells what was seen and why.

import { colourOf, css } from "./colours.js";
import { make } from "./dom.js";
import { count, percent, plain } from "./text.js";
import { hideTip, showTip } from "./tip.js";
import { view } from "./view.js";

const APART = 20; // pixels between two buttons

export function drawMarks(plot, marks) {
  const { left, top, width, height } = plot.bbox;
  const ctx = plot.ctx;
  ctx.save();
  ctx.strokeStyle = css("bad");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { x } of marks) {
    if (view.logX && x <= 0) continue;
    const at = plot.valToPos(x, "x", true);
    if (at < left || at > left + width) continue;
    ctx.beginPath();
    ctx.moveTo(at, top);
    ctx.lineTo(at, top + height);
    ctx.stroke();
  }
  ctx.restore();
}

export class MarkButtons {
  // A button stays while its alarm does: it may have the focus.
  attach(plot, marks, nameOf) {
    const told = JSON.stringify(marks);
    if (this.plot === plot && this.told === told) {
      this.place();
      return;
    }
    for (const [, each] of this.buttons ?? []) each.remove();
    this.plot = plot;
    this.told = told;
    this.buttons = marks.map((mark) => [mark, button(mark, nameOf)]);
    plot.over.append(...this.buttons.map(([, each]) => each));
    this.place();
  }

  // Side by side at the top, each at its step or next to the one before it.
  place() {
    const wide = this.plot?.over.clientWidth ?? 0;
    const ends = [];
    for (const [{ x }, each] of this.buttons ?? []) {
      const at = view.logX && x <= 0 ? -1 : this.plot.valToPos(x, "x");
      each.hidden = !(at >= -1 && at <= wide + 1);
      if (each.hidden) continue;
      let row = 0;
      while (ends[row] !== undefined && at - ends[row] < APART) row += 1;
      ends[row] = at;
      each.style.left = `${at}px`;
      each.style.top = `${2 + APART * row}px`;
    }
  }
}

function button(mark, nameOf) {
  const name = plain(mark.id, 60);
  const made = make("button", { type: "button", class: "mark",
    "aria-label": `Alarm ${name} at step ${count(mark.step)} of ${nameOf(mark.run)}: ${plain(mark.message, 400)}` }, "!");
  made.style.borderColor = colourOf(mark.run);
  const show = () => showTip(made, told(mark, nameOf));
  for (const begin of ["mouseenter", "focus", "click"]) made.addEventListener(begin, show);
  for (const end of ["mouseleave", "blur"]) made.addEventListener(end, hideTip);
  for (const own of ["mousedown", "dblclick"]) made.addEventListener(own, (event) => event.stopPropagation());
  return made;
}

function told(mark, nameOf) {
  const sure = mark.confidence === null ? "" : ` (${percent(mark.confidence)} confidence)`;
  return [
    make("strong", {}, plain(mark.id, 60)),
    make("span", { class: "soft" }, ` at step ${count(mark.step)} of ${nameOf(mark.run)}`),
    make("p", {}, plain(mark.message, 400)),
    ...(mark.cause ? [make("p", {}, "Likely cause: ", make("code", {}, plain(mark.cause, 80)), sure)] : []),
  ];
}
