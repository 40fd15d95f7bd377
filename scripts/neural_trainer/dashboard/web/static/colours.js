// A colour for each run that is looked at, its own for as long as it is; past eight, dashes too.

const NUM = 8;
const DASHES = [[], [8, 3], [2, 3]];
const places = new Map();

export function assign(ids) {
  for (const id of places.keys()) if (!ids.includes(id)) places.delete(id);
  for (const id of ids) {
    if (places.has(id)) continue;
    const taken = new Set(places.values());
    let place = 0;
    while (taken.has(place)) place += 1;
    places.set(id, place);
  }
}

export function colourClass(id) {
  return `c${(places.get(id) ?? 0) % NUM}`;
}

export function dashOf(id) {
  return DASHES[Math.floor((places.get(id) ?? 0) / NUM) % DASHES.length];
}

export function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function colourOf(id) {
  return css(colourClass(id));
}

// Calls back when the reader's system turns dark or light, or another screen's pixels.
export function onLooks(listener) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}
