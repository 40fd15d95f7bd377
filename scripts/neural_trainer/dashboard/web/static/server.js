// What is asked of the server, and its numbers unpacked.

function address(what, query) {
  const told = new URLSearchParams();
  for (const [key, given] of Object.entries(query)) {
    for (const each of Array.isArray(given) ? given : [given]) {
      if (each !== null && each !== undefined) told.append(key, each);
    }
  }
  return `${what}?${told}`;
}

async function answer(what, query, signal) {
  const got = await fetch(address(what, query), { signal });
  if (!got.ok) throw new Error((await got.text()).slice(0, 200));
  return got;
}

export async function asJson(what, query, signal) {
  return (await answer(what, query, signal)).json();
}

// The length of the JSON, the JSON, then numbers from a multiple of eight on.
async function asParts(what, query, signal) {
  const bytes = await (await answer(what, query, signal)).arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);
  const told = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  return { told, bytes, at: 4 + length };
}

// Curves: {run, signal, x, mean, low, high, ranges, points, span, lost}; low and high without
// ranges are the points themselves.
export async function curves(query, signal) {
  let { told, bytes, at } = await asParts("curves", query, signal);
  const found = told.curves.map((entry, place) => {
    const [run, name] = told.of[place];
    const x = new Float64Array(bytes, at, entry.n);
    at += 8 * entry.n;
    const parts = entry.ranges ? 3 : 1;
    const [mean, low, high] = [0, 1, 2].map((part) =>
      new Float32Array(bytes, at + 4 * entry.n * (part < parts ? part : 0), entry.n));
    at += Math.ceil((4 * parts * entry.n) / 8) * 8;
    return { run, signal: name, x, mean, low, high, ...entry };
  });
  return { curves: found, marks: told.marks, unknown: told.unknown };
}

export async function heatMap(query, signal) {
  const { told, bytes, at } = await asParts("layers", query, signal);
  return { ...told, cells: new Float32Array(bytes, at, told.names.length * told.columns) };
}

export function reportAddress(run) {
  return address("report", { run });
}
