// What a diagnosis says of each chosen run: verdict, causes with evidence, fixes, the report.

import { assign, colourClass } from "./colours.js";
import { make } from "./dom.js";
import { asJson, reportAddress } from "./server.js";
import { rows } from "./stream.js";
import { count, percent, plain } from "./text.js";
import { view } from "./view.js";

const MOST = 6; // runs
const VERDICTS = { healthy: "healthy", converged: "converged", faulty: "faulty", cannot_judge: "too little to judge" };
const MENTIONED = 0.05; // of confidence, below which a cause is left to the report

export class Why {
  constructor(panel) {
    this.panel = panel;
    this.cards = make("div", {});
    this.told = make("p", { class: "soft", role: "status" });
  }

  open() {
    this.panel.replaceChildren(this.told, this.cards);
    this.refresh();
  }

  close() {}

  stale(ids) {
    // A judgement is not made anew for each point: only where the alarms are others.
    const alarms = view.selected.map((id) => (rows.get(id)?.alarms?.raised ?? []).map((a) => a.id)).join("|");
    if (ids && alarms !== this.alarms) this.refresh();
  }

  async refresh() {
    assign(view.selected);
    const shown = view.selected.map((id) => rows.get(id)).filter((row) => row?.read);
    this.alarms = view.selected.map((id) => (rows.get(id)?.alarms?.raised ?? []).map((a) => a.id)).join("|");
    const asked = (this.asked = {});
    const left = shown.length - MOST;
    this.told.textContent = shown.length ? (left > 0 ? `${left} more runs are chosen than are shown here.` : "") : "No run is chosen.";
    const reports = await Promise.all(shown.slice(0, MOST).map((row) =>
      asJson("why", { run: row.id }).then((report) => card(row, report)).catch((error) => make("p", {}, plain(error.message)))));
    if (asked === this.asked) this.cards.replaceChildren(...reports);
  }
}

function card(row, report) {
  const causes = report.root_causes.filter((cause, rank) => rank === 0 || cause.confidence >= MENTIONED);
  const judged = report.verdict === "faulty" ? causes : [];
  return make("section", { class: `card ${report.verdict}` },
    make("h2", {}, make("i", { class: `swatch ${colourClass(row.id)}` }), `${plain(row.run, 80)}: `,
      make("span", { class: "verdict" }, VERDICTS[report.verdict] ?? report.verdict)),
    make("p", {}, plain(report.reason, 600)),
    ...judged.map(cause),
    report.symptoms.length ? make("h3", {}, "Seen") : null,
    make("ul", {}, ...report.symptoms.map((seen) => make("li", {}, make("code", {}, seen.symptom),
      ` from ${plain(report.source.axis, 20)} ${count(seen.step)}: `, plain((seen.evidence ?? []).join(" "), 600)))),
    report.recommended_fixes.length && report.verdict === "faulty" ? make("h3", {}, "What to do") : null,
    report.verdict === "faulty" ? make("ol", {}, ...report.recommended_fixes.slice(0, 4).map(fix)) : null,
    make("p", {}, make("a", { href: reportAddress(row.id), target: "_blank", rel: "noopener" }, "The whole report"),
      make("span", { class: "soft" }, `, with what was not checked (${report.not_checked.length})`)));
}

function cause(found, rank) {
  return make("div", {},
    make("h3", {}, `${["Most likely", "Alternatively", "Also consider"][Math.min(rank, 2)]} (${percent(found.confidence)}): `,
      plain(found.issue, 200), " ", make("code", {}, found.cause)),
    make("ul", {}, ...found.evidence.map((piece) => make("li", {}, plain(piece, 400)))));
}

function fix(told) {
  const [[kind, what]] = Object.entries(told.implementation);
  const shown = kind === "config" ? Object.entries(what).map(([key, set]) => `${key}: ${JSON.stringify(set)}`).join("\n") : String(what);
  return make("li", {}, kind === "words" ? plain(shown, 600) : make("pre", {}, ...shown.split("\n").slice(0, 40).map((each) => `${plain(each, 200)}\n`)),
    make("span", { class: "soft" }, ` Expected: ${plain(told.expected_impact, 300)}`));
}
