"""The report as text for a terminal of 80 columns."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from textwrap import fill

from neural_trainer.causes import Fix
from neural_trainer.diagnosis.advice import next_commands, recommended
from neural_trainer.diagnosis.report import WORDS, Report, RootCause
from neural_trainer.runs.plain_text import printable as printable
from neural_trainer.runs.plain_text import shown_name

WIDTH = 79
MENTIONED = 0.05  # confidence from which a fault is written out
LONGEST_COMMAND = 300  # columns of logs
LONGEST_NAME = 120  # of a run: folders have long ones
SHOWN_CHECKS = 4  # needs told of symptoms that were not checked
SHOWN_NAMES = 4  # symptoms named with each
TOLD = 3.0  # times likelier from which a fact about a cause that is not shown is told
SHOWN_POSSIBLE = 3  # causes of a run that raises no alarm
SHOWN_FACTS = 3  # beside the log, of causes that are not written out

VERDICTS = {
    "healthy": "healthy",
    "converged": "converged",
    "faulty": "FAULTY",
    "cannot_judge": "cannot be judged",
}
HEADINGS = ("Most likely cause", "Alternative hypothesis", "Also consider")
POSSIBLE = ("Possible cause", "Or", "Or")  # of a run that raises no alarm


def to_text(report: Report) -> str:
    """Return the report of one run as lines of at most 79 columns."""
    sure = report.others.get(report.verdict)
    verdict = VERDICTS[report.verdict] + (f" ({percent(sure)} confidence)" if sure else "")
    lines = [wrapped(f"{shown_name(report.run, LONGEST_NAME)}: {verdict}. {report.reason}", "")]
    lines += [wrapped(f"note: {printable(note)}", "  ") for note in report.notes[:SHOWN_CHECKS]]
    if report.verdict == "faulty" or (has_causes(report) and report.facts):
        lines += _causes(report)
    elif report.symptoms:
        lines += ["", "Seen:"]
        lines += [wrapped(f"- {finding.evidence[0]}", "  ", "    ") for finding in report.symptoms]
        lines += _possible(report) if has_causes(report) else []
    lines += _beside(report)
    if report.not_checked:
        lines += ["", _not_checked(report)]
    lines += ["", *_next(report)]
    return "\n".join(lines)


def heading(report: Report, rank: int) -> str:
    """Return what stands before the cause of `rank`, the likeliest 0."""
    return (HEADINGS if report.verdict == "faulty" else POSSIBLE)[min(rank, 2)]


def has_causes(report: Report) -> bool:
    """Tell whether causes are to be shown: of a faulty run, or of one that may be."""
    return report.verdict == "faulty" or (
        report.verdict == "cannot_judge" and bool(report.root_causes)
    )


def to_table(reports: list[Report], logs: Sequence[str]) -> str:
    """Return one line a run: verdict, first cause, its confidence, where it began, name.

    logs: where the runs were read from.
    """
    rows: list[tuple[str, ...]] = [("verdict", "first cause", "conf.", "from", "run")]
    rows += [_row(report) for report in reports]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]
    sources = [report.source for report in reports]  # a file may hold several runs
    alone = [report for report in reports if sources.count(report.source) == 1]
    faulty = [report.source for report in alone if report.verdict == "faulty"]
    follow_up = next_command("diagnose", faulty[:1]) if faulty else next_command("plot", logs)
    return "\n".join([*lines, "", _count(reports), follow_up])


def _row(report: Report) -> tuple[str, ...]:
    cause = report.root_causes[0] if report.root_causes else None
    known = (VERDICTS[report.verdict], "", "", "", shown_name(report.run, LONGEST_NAME))
    if report.verdict != "faulty" or cause is None:
        return known
    began = _began(report, cause)
    at = "" if began is None else f"{report.axis} {began:.0f}"
    return (known[0], cause.cause, percent(cause.confidence), at, known[-1])


def _began(report: Report, cause: RootCause) -> float | None:
    """Return the first step of what speaks for `cause`; None where nothing seen does."""
    telling = {piece.symptom for piece in cause.pieces if piece.speaks_for}
    return min((f.step for f in report.symptoms if f.symptom in telling), default=None)


def _count(reports: list[Report]) -> str:
    """Return how many runs have which verdict."""
    each = [report.verdict for report in reports]
    told = [f"{each.count(name)} {shown}" for name, shown in VERDICTS.items() if name in each]
    return f"{len(reports)} runs: {', '.join(told)}."


def next_command(verb: str, logs: Sequence[str]) -> str:
    """Return the line that names the command to run next, on the same logs."""
    if "-" in logs:
        return f"Next: … | neural-trainer {verb} -"
    words = " ".join(shlex.quote(printable(log)) for log in logs)
    return f"Next: neural-trainer {verb} {words if len(words) <= LONGEST_COMMAND else 'LOG …'}"


def wrapped(text: str, indent: str, hanging: str | None = None) -> str:
    """Return `text` in lines of at most 79 columns, the later ones indented further."""
    return fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  " if hanging is None else hanging,
        break_on_hyphens=False,
    )


def _causes(report: Report) -> list[str]:
    lines: list[str] = []
    named = [cause for cause in report.root_causes if cause.confidence >= MENTIONED]
    for rank, cause in enumerate(named or report.root_causes[:1]):
        share = percent(cause.confidence) + (" confidence" if rank == 0 else "")
        told = f"{heading(report, rank)} ({share}): {cause.issue} [{cause.cause}]"
        lines += ["", wrapped(told, "")]
        lines += _cause(report, cause) if rank < 2 else []
    lines += ["", _left_over(report)]
    return lines


def _possible(report: Report) -> list[str]:
    """Return the causes of a run that raises no alarm, a line each: nothing to mend as yet."""
    named = [cause for cause in report.root_causes if cause.confidence >= MENTIONED]
    told = [
        f"- {percent(cause.confidence)} {cause.issue} [{cause.cause}]. Settled by: {cause.confirm}"
        for cause in (named or report.root_causes)[:SHOWN_POSSIBLE]
    ]
    return ["", "Possible causes, none likely enough for an alarm:"] + [
        wrapped(line, "  ", "    ") for line in told
    ]


def _beside(report: Report) -> list[str]:
    """Return what speaks for causes that are not shown, and how much was read beside the log."""
    if not report.facts:
        return []
    shown = [c for c in report.root_causes if c.confidence >= MENTIONED][:2]
    names = {cause.cause for cause in shown} if has_causes(report) else set()
    also = [fact for fact in report.facts if fact.times >= TOLD and fact.cause not in names]
    also.sort(key=lambda fact: -fact.bounded)
    against = sum(fact.times < 1 for fact in report.facts)
    count = len(report.facts)
    what = "symptoms" if report.format == WORDS else "log"
    told = f"Beside the {what}: {count} fact{'s' if count > 1 else ''}, {against} against a cause."
    lines = ["", wrapped(told, "")]
    return lines + [
        wrapped(f"- for {fact.cause}: {fact.told}", "  ", "    ") for fact in also[:SHOWN_FACTS]
    ]


def _left_over(report: Report) -> str:
    rest = {name: p for name, p in report.others.items() if p >= 0.01}
    told = ", ".join(f"{name.replace('_', ' ')} {percent(p)}" for name, p in rest.items())
    basis = f"Confidence: {report.confidence_basis}."
    return wrapped(f"Left for {told}. {basis}" if told else basis, "")


def _cause(report: Report, cause: RootCause) -> list[str]:
    """Return the block of a cause; of the first, what settles it before or after the fixes."""
    lines = [wrapped(f"Evidence: {sentence}", "  ", "    ") for sentence in cause.evidence]
    lines += [wrapped(f"Against: {sentence}", "  ", "    ") for sentence in cause.against[:3]]
    fixes = [wrapped(f"Fix: {told(fix)}", "  ", "    ") for fix in cause.fixes]
    settling = [wrapped(f"Settled by: {cause.confirm}", "  ", "    ")]
    if cause is not report.root_causes[0]:
        return [*lines, *fixes, *settling]
    steps = recommended(report)
    probes = [fix for fix in steps if "command" in fix.implementation and fix not in cause.fixes]
    settling += [wrapped(f"Settled by: {told(fix)}", "  ", "    ") for fix in probes]
    first = steps[:1] != cause.fixes[:1]
    return [*lines, *settling, *fixes] if first else [*lines, *fixes, *settling]


def told(fix: Fix) -> str:
    """Return a fix in one sentence."""
    kind, value = next(iter(fix.implementation.items()))
    if kind == "config":
        changes = ", ".join(f"{key}: {new}" for key, new in value.items())
        return f"set {changes}. {fix.expected_impact}"
    if kind == "command":
        return f"run {value}. {fix.expected_impact}"
    return f"{value} {fix.expected_impact}"


def _few(names: Sequence[str]) -> str:
    """Return names with commas, those past the first SHOWN_NAMES as their number."""
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def _not_checked(report: Report) -> str:
    needs: dict[str, list[str]] = {}
    for item in report.not_checked:
        needs.setdefault(item.needs, []).append(item.symptom)
    parts = [f"{_few(names)} ({reason})" for reason, names in needs.items()]
    more = f"; and {len(parts) - SHOWN_CHECKS} more" if len(parts) > SHOWN_CHECKS else ""
    return wrapped(f"Not checked: {'; '.join(parts[:SHOWN_CHECKS])}{more}.", "", "  ")


def _next(report: Report) -> list[str]:
    commands = next_commands(report)
    return [("Next: " if index == 0 else "      ") + line for index, line in enumerate(commands)]


def percent(confidence: float) -> str:
    """Return a confidence for people: none is certain.

    >>> percent(0.998), percent(0.8)
    ('>99%', '80%')
    """
    return ">99%" if confidence > 0.995 else f"{100 * confidence:.0f}%"
