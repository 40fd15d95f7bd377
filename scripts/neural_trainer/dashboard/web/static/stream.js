// The runs as they stand, kept up to date by the server's events while the page is seen.

export const rows = new Map(); // by id, in order
export const state = { older: 0, arrived: false };

const listeners = [];

// listener: told the ids whose row is new or another.
export function onNews(listener) {
  listeners.push(listener);
}

let source = null;

// A browser opens few connections to one server: a page out of sight gives its own back.
export function follow(tell) {
  const begin = () => {
    if (source !== null || document.hidden) return;
    source = new EventSource("events");
    source.onopen = () => tell("live");
    source.onerror = () => tell("the server does not answer; trying again");
    source.onmessage = (event) => take(JSON.parse(event.data));
  };
  const end = () => {
    source?.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? end() : begin()));
  begin();
}

function take({ order, rows: changed, older_runs: older }) {
  const before = new Map(rows);
  const ids = new Set(Object.keys(changed).filter(
    (id) => JSON.stringify(before.get(id)) !== JSON.stringify(changed[id])));
  rows.clear();
  for (const id of order) {
    const row = changed[id] ?? before.get(id);
    if (row) rows.set(id, row);
  }
  for (const id of before.keys()) if (!rows.has(id)) ids.add(id);
  Object.assign(state, { older, arrived: true });
  for (const listener of listeners) listener(ids);
}
