"""A sweep's report for people, in 80 columns."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import Any

from neural_trainer.live.launch.ending import shown_path
from neural_trainer.runs.plain_text import printable, shown_name
from neural_trainer.study.estimates import LEVEL
from neural_trainer.study.sweep.report import Report, Row
from neural_trainer.study.sweep.states import State

WIDTH = 80
ORDER: tuple[State, ...] = (
    "complete",
    "pruned",
    "infeasible",
    "failed",
    "preempted",
    "running",
    "waiting",
)


def to_text(report: Report) -> str:
    """Return the report."""
    sweep = report.sweep
    counts = ", ".join(f"{report.counts[s]} {s}" for s in ORDER if report.counts.get(s))
    again = len(report.rows) - report.num_places
    retried = f"; {again} more attempts" if again > 0 else ""
    lines = _wrapped("", f"Sweep {printable(sweep.name)}: {counts or 'no trial'}{retried}")
    if report.best is not None:
        lines += _best(report, report.best) + _rivals(report)
        lines += _importance(report)
    for found in report.boundaries:
        lines += _wrapped(
            "  ",
            f"WARNING: the best {shown_name(found.name)}, {found.value:.4g}, lies at the edge "
            f"{found.edge:g} of what was searched; try {found.try_low:.3g} to "
            f"{found.try_high:.3g}",
        )
    lines += _ended_otherwise(report)
    for node, numbers in report.bad_nodes.items():
        lines += _wrapped("  ", f"WARNING: {printable(node)} got no more trials: trials "
                          f"{', '.join(map(str, numbers))} failed there in a row")  # fmt: skip
    lines += _wrapped("  ", _cost(report))
    for note in report.notes:
        lines += _wrapped("  ", f"note: {printable(note, 300)}")
    lines.append(f"Next: {printable(report.next)}")
    return "\n".join(lines)


def _best(report: Report, best: Row) -> list[str]:
    objective = report.sweep.objective
    interval = report.interval
    told = (
        f", {100 * LEVEL:.0f} % interval {interval[0]:.5g} to {interval[1]:.5g} by the noise "
        f"within its run; what another seed does is not in it"
        if interval is not None
        else ", without an interval: too few points tell its noise"
    )
    where = "best" if objective.at == "best" else "end"
    signal = shown_name(objective.signal)
    lines = _wrapped("  ", f"best: trial {best.number}, {signal} {best.value:.6g} ({where}){told}")
    lines += _wrapped("    ", _settings(best.settings))
    lines.append(f"    {shown_path(best.folder)}")
    return lines


def _rivals(report: Report) -> list[str]:
    if not report.rivals:
        return []
    by_number = {row.number: row for row in report.rows}
    lines = ["  the next ones against it, each end to end:"]
    words = {
        "worse": "worse beyond noise", "better": "better, cut to the same step",
        "inconclusive": "does not differ beyond noise", "equivalent": "the same",
    }  # fmt: skip
    for number, c in report.rivals.items():
        row = by_number[number]
        lines += _wrapped(
            "    ",
            f"trial {number}: {row.value:.6g}, {c.difference:+.3g} "
            f"({c.estimate.low:+.3g} to {c.estimate.high:+.3g}), {words[c.verdict]}",
        )
        lines += _wrapped("      ", _settings(row.settings))
    ties = [n for n, c in report.rivals.items() if c.verdict != "worse"]
    if ties:
        lines += _wrapped(
            "  ", f"{len(ties)} of these {len(report.rivals)} may be as good: run them and the "
            f"best with more seeds before you choose",
        )  # fmt: skip
    return lines


def _importance(report: Report) -> list[str]:
    if not report.importance:
        return _wrapped("  ", f"importance: not told ({printable(report.no_importance)})")
    shares = [*report.importance.values()]
    told = [f"{shown_name(name)} {100 * share.value:.0f} % ({100 * share.low:.0f} to "
            f"{100 * share.high:.0f})" for name, share in report.importance.items()]  # fmt: skip
    open_ = len(shares) > 1 and shares[0].low <= shares[1].high
    more = "; which of them matters most is not settled" if open_ else ""
    return _wrapped("  ", f"importance (PED-ANOVA): {', '.join(told)}{more}")


def _ended_otherwise(report: Report) -> list[str]:
    """Return why trials ended without a value, the commonest reasons first."""
    reasons = Counter(
        (row.state, row.why)
        for row in report.rows
        if row.state in ("pruned", "infeasible", "failed", "preempted")
    )
    lines = []
    for (state, reason), count in reasons.most_common(6):
        lines += _wrapped("  ", f"{state}, {count}: {printable(reason, 200)}")
    return lines


def _cost(report: Report) -> str:
    gpu = sum(row.gpu_hours for row in report.rows)
    lost = report.hours("failed") + report.hours("preempted")
    told = [f"{_time(report.hours())} of trials"]
    told += [f"{gpu:.2f} GPU hours"] if gpu else []
    told += [f"{_time(report.hours('pruned'))} of it pruned"] if report.hours("pruned") else []
    told += [f"{_time(lost)} lost"] if lost else []
    return f"cost: {', '.join(told)}"


def _time(hours: float) -> str:
    if hours < 1 / 30:
        return f"{3600 * hours:.1f} s"
    return f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.1f} min"


def _settings(settings: dict[str, Any]) -> str:
    words = [
        f"{shown_name(name)}={value:.6g}"
        if isinstance(value, float)
        else f"{shown_name(name)}={printable(str(value), 60)}"
        for name, value in settings.items()
    ]
    return " ".join(words) or "no settings"


def _wrapped(indent: str, text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ",
                break_on_hyphens=False)  # fmt: skip
