// The course of a curve: a centred mean, weighted by a bell, over a share of what is seen.

// x: increasing; y: null where nothing is. width: of the window, in the units of x (or of log x).
export function smoothed(x, y, width, log) {
  const n = y.length;
  const out = new Array(n).fill(null);
  if (!(width > 0)) return Array.from(y);
  const at = log ? Array.from(x, (place) => (place > 0 ? Math.log(place) : -Infinity)) : x;
  const half = width / 2;
  const reach = half / 2.5; // of the bell: the window ends where it has fallen to 4 %
  const span = at[n - 1] - at.find(Number.isFinite);
  const step = Math.max(1, Math.floor((n * Math.min(1, half / span)) / 60)); // some 120 in a window
  let begin = 0;
  for (let i = 0; i < n; i += 1) {
    if (y[i] === null || !Number.isFinite(at[i])) continue;
    while (at[begin] < at[i] - half) begin += 1;
    let sum = 0;
    let weight = 0;
    for (let j = begin; j < n && at[j] <= at[i] + half; j += step) {
      if (y[j] === null || !Number.isFinite(at[j])) continue;
      const bell = Math.exp(-0.5 * ((at[j] - at[i]) / reach) ** 2);
      sum += bell * y[j];
      weight += bell;
    }
    out[i] = weight > 0 ? sum / weight : y[i];
  }
  return out;
}
