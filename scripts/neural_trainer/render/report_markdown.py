"""The report as Markdown, to send or to keep beside the run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from neural_trainer.diagnosis.advice import next_commands, recommended
from neural_trainer.diagnosis.report import Report
from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.report_text import VERDICTS, has_causes, percent, printable, told


def to_markdown(report: Report, pictures: Sequence[str] = ()) -> str:
    """Return the report of one run; `pictures` are paths relative to where it will lie."""
    lines = [f"# {_plain(report.run)}: {VERDICTS[report.verdict]}", "", _escaped(report.reason), ""]
    lines += [f"![{_plain(picture)}]({picture})" for picture in pictures]
    if has_causes(report):
        lines += _causes(report)
    elif report.symptoms:
        lines += ["", "## Seen", ""]
        lines += [f"- {_escaped(finding.evidence[0])}" for finding in report.symptoms]
    lines += _facts(report)
    if report.not_checked:
        lines += ["", "## Not checked", ""]
        lines += [f"- {item.symptom}: {_escaped(item.needs)}" for item in report.not_checked]
    lines += ["", "## Next", "", "```", *map(_plain_command, next_commands(report)), "```"]
    return "\n".join(lines) + "\n"


def write_markdown(report: Report, path: str) -> None:
    """Write it to `path`. Raises NeuralTrainerError where it cannot be written."""
    try:
        Path(path).write_text(to_markdown(report), encoding="utf-8", errors="replace")
    except OSError as error:
        raise NeuralTrainerError(f"{path} cannot be written: {error.strerror or error}") from error


def _causes(report: Report) -> list[str]:
    lines: list[str] = []
    for cause in report.root_causes:
        lines += ["", f"## {cause.issue} (`{cause.cause}`, {percent(cause.confidence)})", ""]
        lines += [f"- Evidence: {_escaped(sentence)}" for sentence in cause.evidence]
        lines += [f"- Against: {_escaped(sentence)}" for sentence in cause.against]
        lines += [f"- Settled by: {_escaped(cause.confirm)}"]
    lines += ["", f"Confidence: {report.confidence_basis}."]
    fixes = [
        f"{rank}. {_escaped(told(fix))}" for rank, fix in enumerate(recommended(report), start=1)
    ]
    return [*lines, "", "## What to do", "", *fixes] if fixes else lines


def _facts(report: Report) -> list[str]:
    """Return what was read or measured beside the log, each with the cause that it is about."""
    if not report.facts:
        return []
    sides = ("against", "for")
    return ["", "## Beside the log", ""] + [
        f"- {sides[fact.times > 1]} `{fact.cause}`: {_escaped(fact.told)}" for fact in report.facts
    ]


def _escaped(sentence: str) -> str:
    """Return a sentence in which a name from a log opens no link, no code and no HTML."""
    return re.sub(r"([\\`<>\[\]])", r"\\\1", sentence)


def _plain_command(line: str) -> str:
    """Return a command line that cannot end the block it stands in."""
    return line.replace("```", "'''")


def _plain(text: str) -> str:
    """Return text from a log with nothing left that Markdown or HTML would act on."""
    return "".join(char if char.isalnum() or char in " ._-/#" else "_" for char in printable(text))
