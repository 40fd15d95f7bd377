"""The report as text for a terminal of 80 columns."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from textwrap import fill

from neural_trainer.causes import Fix
from neural_trainer.diagnosis.report import Report, RootCause
from neural_trainer.render.report_json import BASIS
from neural_trainer.runs.plain_text import printable as printable
from neural_trainer.runs.plain_text import shown_name

WIDTH = 79
MENTIONED = 0.05  # confidence from which a fault is written out
LONGEST_COMMAND = 300  # columns of logs
LONGEST_NAME = 120  # of a run: folders have long ones
SHOWN_CHECKS = 4  # needs told of symptoms that were not checked
SHOWN_NAMES = 4  # symptoms named with each

VERDICTS = {
    "healthy": "healthy",
    "converged": "converged",
    "faulty": "FAULTY",
    "cannot_judge": "cannot be judged",
}


def to_text(report: Report) -> str:
    """Return the report of one run as lines of at most 79 columns."""
    sure = report.others.get(report.verdict)
    verdict = VERDICTS[report.verdict] + (f" ({_percent(sure)} confidence)" if sure else "")
    lines = [wrapped(f"{shown_name(report.run, LONGEST_NAME)}: {verdict}. {report.reason}", "")]
    lines += [wrapped(f"note: {printable(note)}", "  ") for note in report.notes[:SHOWN_CHECKS]]
    if report.verdict == "faulty":
        lines += _causes(report)
    elif report.symptoms:
        lines += ["", "Seen:"]
        lines += [wrapped(f"- {finding.evidence[0]}", "  ", "    ") for finding in report.symptoms]
    if report.not_checked:
        lines += ["", _not_checked(report)]
    lines += ["", *_next(report)]
    return "\n".join(lines)


def to_table(reports: list[Report], logs: Sequence[str]) -> str:
    """Return one line a run: its verdict, the likeliest cause and its name.

    logs: where the runs were read from.
    """
    rows = []
    for report in reports:
        cause = report.root_causes[0] if report.root_causes else None
        named = report.verdict == "faulty" and cause is not None
        what = f"{cause.cause} ({_percent(cause.confidence)})" if named and cause else ""
        rows.append((VERDICTS[report.verdict], what, shown_name(report.run, LONGEST_NAME)))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{a:<{first}}  {b:<{second}}  {c}".rstrip() for a, b, c in rows]
    sources = [report.source for report in reports]  # a file may hold several runs
    alone = [report for report in reports if sources.count(report.source) == 1]
    faulty = [report.source for report in alone if report.verdict == "faulty"]
    follow_up = next_command("diagnose", faulty[:1]) if faulty else next_command("plot", logs)
    return "\n".join([*lines, "", follow_up])


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
    headings = ["Most likely cause ({} confidence)", "Alternative hypothesis ({})"]
    for rank, cause in enumerate(named or report.root_causes[:1]):
        heading = headings[rank] if rank < len(headings) else "Also consider ({})"
        lines += ["", wrapped(f"{heading.format(_percent(cause.confidence))}: {cause.issue} "
                            f"[{cause.cause}]", "")]  # fmt: skip
        lines += _cause(cause) if rank < 2 else []
    lines += ["", _left_over(report)]
    return lines


def _left_over(report: Report) -> str:
    rest = {name: p for name, p in report.others.items() if p >= 0.01}
    told = ", ".join(f"{name.replace('_', ' ')} {_percent(p)}" for name, p in rest.items())
    return wrapped(
        f"Left for {told}. Confidence: {BASIS}." if told else f"Confidence: {BASIS}.", ""
    )


def _cause(cause: RootCause) -> list[str]:
    lines = [wrapped(f"Evidence: {sentence}", "  ", "    ") for sentence in cause.evidence]
    lines += [wrapped(f"Against: {sentence}", "  ", "    ") for sentence in cause.against[:3]]
    lines += [wrapped(f"Fix: {told(fix)}", "  ", "    ") for fix in cause.fixes]
    return [*lines, wrapped(f"Settled by: {cause.confirm}", "  ", "    ")]


def told(fix: Fix) -> str:
    """Return a fix in one sentence."""
    kind, value = next(iter(fix.implementation.items()))
    if kind == "config":
        changes = ", ".join(f"{key}: {new}" for key, new in value.items())
        return f"set {changes}. {fix.expected_impact}"
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
    source = shlex.quote(printable(report.source))
    if report.verdict == "faulty" and report.root_causes:
        top = report.root_causes[0]
        commands = [f"neural-trainer explain {top.cause}", f"neural-trainer plot {source}"]
        if any("config" in fix.implementation for fix in top.fixes):
            commands.insert(1, f"neural-trainer diagnose {source} --write-config fixed.yaml")
    else:
        commands = [f"neural-trainer curves {source}"]
    return [("Next: " if index == 0 else "      ") + line for index, line in enumerate(commands)]


def _percent(confidence: float) -> str:
    return f"{100 * confidence:.0f}%"
