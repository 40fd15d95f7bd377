"""The report for a language model to reason from: what is concluded, and numbers to check it by."""

from __future__ import annotations

from neural_trainer.diagnosis.advice import next_commands, recommended
from neural_trainer.diagnosis.relations import relations
from neural_trainer.diagnosis.report import Report, RootCause
from neural_trainer.render.report_text import MENTIONED, VERDICTS, percent, told
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run

MOST = 4_000  # bytes
MOST_SIGNALS = 12
MOST_CAUSES = 4
MOST_NEEDS = 6
MOST_FACTS = 6
EXCLUDES = 0.1  # times likelier from which a fact nearly excludes its cause


def to_brief(report: Report, run: Run | None = None) -> str:
    """Return the report in at most MOST bytes; what does not fit is counted at the end.

    run: that which was judged, for the relations between its numbers.
    """
    lines = [f"{shown_name(report.run)}: {VERDICTS[report.verdict]}. {report.reason}", ""]
    lines += _facts(report)
    lines += _seen(report)
    lines += _causes(report)
    lines += [_not_checked(report)]
    lines += relations(run) if run is not None else ()
    lines += [f"do: {told(fix)}" for fix in recommended(report)]
    lines += [_signals(report), f"confidence: {report.confidence_basis}"]
    return _fitting([line for line in lines if line], f"next: {next_commands(report)[0]}")


def _seen(report: Report) -> list[str]:
    return [
        f"{finding.symptom} ({report.axis} {finding.window[0]:.6g} to {finding.window[1]:.6g}): "
        + " ".join(finding.evidence)
        for finding in report.symptoms
    ]


def _facts(report: Report) -> list[str]:
    """Return what speaks for a fault beside the log, and what else was looked at."""
    told = [f"{fact.cause}: {fact.told}" for fact in report.facts if fact.times > 1]
    against = sorted({fact.cause for fact in report.facts if fact.bounded <= EXCLUDES})
    excluded = [f"beside the log, nearly excluded: {', '.join(against)}"] if against else []
    return [*told[:MOST_FACTS], *excluded]


def _causes(report: Report) -> list[str]:
    likely = [cause for cause in report.root_causes if cause.confidence >= MENTIONED]
    lines = [_cause(cause) for cause in (likely or report.root_causes[:1])[:MOST_CAUSES]]
    rest = [f"{name} {percent(p)}" for name, p in report.others.items() if p >= MENTIONED]
    return [*lines, f"left for: {', '.join(rest)}" if rest else ""]


def _cause(cause: RootCause) -> str:
    """Return a cause with the symptoms that bear on it, each with its weight."""
    weights: dict[str, str] = {}
    for piece in cause.pieces:
        sign = "+" if piece.speaks_for else "-"
        weights.setdefault(piece.symptom, f"{sign}{piece.symptom} x{piece.times_likelier:.3g}")
    bearing = ", ".join(weights.values()) or "nothing that was seen"
    return f"{percent(cause.confidence)} {cause.cause}: {bearing}. Settled by: {cause.confirm}"


def _not_checked(report: Report) -> str:
    needs = list(dict.fromkeys(item.needs for item in report.not_checked))
    more = f"; and {len(needs) - MOST_NEEDS} more" if len(needs) > MOST_NEEDS else ""
    return f"not checked: {'; '.join(needs[:MOST_NEEDS])}{more}" if needs else ""


def _signals(report: Report) -> str:
    names = [f"{shown_name(name)} {count}" for name, count in report.signals.items()]
    more = f", and {len(names) - MOST_SIGNALS} more" if len(names) > MOST_SIGNALS else ""
    return f"signals (points): {', '.join(names[:MOST_SIGNALS])}{more}" if names else ""


def _fitting(lines: list[str], last: str) -> str:
    """Return as many of `lines` as fit, in their order, and `last`."""
    room = MOST - len(last.encode()) - len("and 999 more lines\n\n")
    kept: list[str] = []
    for line in lines:
        size = len(line.encode()) + 1
        if size > room:
            continue
        room -= size
        kept.append(line)
    left = len(lines) - len(kept)
    return "\n".join([*kept, *([f"and {left} more lines"] if left else []), last])
