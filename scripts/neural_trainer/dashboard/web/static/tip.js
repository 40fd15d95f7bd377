// The one note that stands beside what the pointer or the focus is on; Escape hides it.

import { byId } from "./dom.js";

let owner = null;

export function showTip(of, parts) {
  const tip = byId("tip");
  tip.replaceChildren(...parts);
  tip.hidden = false;
  owner?.removeAttribute("aria-describedby");
  owner = of;
  of.setAttribute("aria-describedby", "tip");
  placeTip(of.getBoundingClientRect());
}

export function placeTip(beside) {
  const tip = byId("tip");
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, beside.left + beside.width / 2 - width / 2), innerWidth - width - 8);
  const below = beside.bottom + 8;
  const top = below + height > innerHeight ? Math.max(8, beside.top - height - 8) : below;
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}

export function hideTip() {
  byId("tip").hidden = true;
  owner?.removeAttribute("aria-describedby");
  owner = null;
}

addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
addEventListener("scroll", hideTip, { passive: true });
