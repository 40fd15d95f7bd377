"""The report as Markdown, to send or to keep beside the run."""

from __future__ import annotations

from collections.abc import Sequence

from neural_trainer.diagnosis.report import Report
from neural_trainer.render.report_json import BASIS
from neural_trainer.render.report_text import VERDICTS, printable, told


def to_markdown(report: Report, pictures: Sequence[str] = ()) -> str:
    """Return the report of one run; `pictures` are paths relative to where it will lie."""
    lines = [f"# {_plain(report.run)}: {VERDICTS[report.verdict]}", "", report.reason, ""]
    lines += [f"![{_plain(picture)}]({picture})" for picture in pictures]
    if report.verdict == "faulty":
        for cause in report.root_causes:
            lines += ["", f"## {cause.issue} (`{cause.cause}`, {100 * cause.confidence:.0f} %)", ""]
            lines += [f"- Evidence: {sentence}" for sentence in cause.evidence]
            lines += [f"- Against: {sentence}" for sentence in cause.against]
            lines += [f"- Fix: {told(fix)}" for fix in cause.fixes]
            lines += [f"- Settled by: {cause.confirm}"]
        lines += ["", f"Confidence: {BASIS}."]
    if report.not_checked:
        lines += ["", "## Not checked", ""]
        lines += [f"- {item.symptom}: {item.needs}" for item in report.not_checked]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return text from a log with nothing left that Markdown or HTML would act on."""
    return "".join(char if char.isalnum() or char in " ._-/#" else "_" for char in printable(text))
