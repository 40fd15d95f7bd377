// Names that strangers wrote, and numbers, as they may stand on the page.

// What does not show, or turns the writing round: a control, a direction, a blank that is none.
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f]/gu;

export function plain(text, most = 200) {
  const clean = String(text).slice(0, 4 * most).replace(UNSEEN, " ");
  if (clean.length <= most) return clean;
  const head = Math.floor(most / 3);
  return `${clean.slice(0, head)}…${clean.slice(clean.length - (most - head - 1))}`;
}

export function value(number, digits = 4) {
  if (number === null || number === undefined || Number.isNaN(number)) return "–";
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return number.toExponential(Math.max(2, digits - 2)).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(+number.toPrecision(digits));
}

// How values of a signal are written: bytes by their size.
export function writer(name) {
  if (!name.endsWith("_bytes")) return value;
  return (number, digits = 4) => {
    const [size, unit] = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]].find(([least]) => Math.abs(number) >= least) ?? [1, "B"];
    return number === null || Number.isNaN(number) ? "–" : `${+(number / size).toPrecision(digits)} ${unit}`;
  };
}

export function count(number, digits = 4) {
  if (number === null || number === undefined || !Number.isFinite(number)) return "–";
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e5, "k"]]) {
    if (Math.abs(number) >= size) return `${+(number / (unit === "k" ? 1e3 : size)).toPrecision(digits)}${unit}`;
  }
  return String(+number.toPrecision(Math.max(6, digits)));
}

export function duration(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return "–";
  if (seconds < 60) return `${+seconds.toPrecision(3)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86400).toFixed(1)} d`;
}

// A time along an axis: its unit by its size, more digits where ticks are close.
function clock(seconds, digits) {
  const [size, unit] = seconds < 120 ? [1, "s"] : seconds < 7200 ? [60, "min"] : seconds < 172800 ? [3600, "h"] : [86400, "d"];
  return `${+(seconds / size).toPrecision(digits)} ${unit}`;
}

export function percent(share) {
  return `${Math.round(100 * share)} %`;
}

// Ticks of an axis, apart from each other to the last digit.
export function ticks(numbers, tell) {
  const known = numbers.filter((number) => number !== null);
  const told = (digits) => numbers.map((number) => (number === null ? "" : tell(number, digits)));
  for (let digits = 4; digits < 12; digits += 1) {
    const some = told(digits);
    if (new Set(some.filter(Boolean)).size >= new Set(known).size) return some;
  }
  return told(15);
}

export function along(axis, number, digits = 4) {
  return axis === "time" ? clock(number, digits) : count(number, digits);
}
