"""What linting found, as lines for a terminal, as JSON, and as annotations of GitHub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from neural_trainer.inspect.lint.finding import Finding, Unread
from neural_trainer.inspect.lint.linting import Linted
from neural_trainer.inspect.lint.mends import MENDS
from neural_trainer.runs.plain_text import printable, shown_path

SCHEMA = "neural-trainer/lint/1"
MOST_ALIKE = 5  # lines for files that are left out for the same reason


def to_text(linted: Linted, paths: Sequence[str]) -> str:
    """Return a line for each finding and for each file left out, the count, and what to do next."""
    lines = [f"{_where(finding)}: {finding.rule}: {finding.saw}" for finding in linted.findings]
    lines += _not_checked(linted.unread)
    if lines:
        lines.append("")
    counts = Counter(finding.rule for finding in linted.findings)
    lines += [f"  {count:>5}  {rule}" for rule, count in counts.most_common()]
    lines += [*([""] if counts else []), _summary(linted), f"Next: {_next(linted, paths)}"]
    return "\n".join(lines)


def to_dict(linted: Linted, fixable: Collection[Finding] | None) -> dict[str, Any]:
    """Return what was found as JSON holds it. fixable: what `fix` mends, None: nobody can tell."""
    return {
        "schema": SCHEMA,
        "files": linted.num_files,
        "lines": linted.num_lines,
        "findings": [
            {
                "path": finding.path,
                "cell": finding.cell or None,
                "line": finding.line,
                "column": finding.column,
                "rule": finding.rule,
                "cause": finding.cause or None,
                "saw": finding.saw,
                "fixable": finding in fixable if fixable is not None else None,
            }
            for finding in linted.findings
        ],
        "ignored": linted.num_ignored,
        "not_checked": [
            {"path": unread.path, "line": unread.line, "why": unread.why}
            for unread in linted.unread
        ],
    }


def to_github(linted: Linted) -> str:
    """Return workflow commands that GitHub shows beside the lines of a change.

    Source: GitHub documentation, Workflow commands for GitHub Actions.
    """
    lines = []
    for finding in linted.findings:
        line = f"line={finding.line},col={finding.column}," if not finding.cell else ""
        cell = f"cell {finding.cell}, line {finding.line}: " if finding.cell else ""
        lines.append(
            f"::warning file={_property(finding.path)},{line}title={finding.rule}::"
            f"{_value(cell + finding.saw)}"
        )
    lines += [
        f"::notice file={_property(unread.path)},line={unread.line}::"
        f"{_value('not checked: ' + unread.why)}"
        for unread in linted.unread
    ]
    return "\n".join([*lines, _summary(linted)])


def _where(finding: Finding) -> str:
    cell = f":cell {finding.cell}" if finding.cell else ""
    return f"{shown_path(Path(finding.path))}{cell}:{finding.line}:{finding.column}"


def _not_checked(unread: Sequence[Unread]) -> list[str]:
    """Return a line for each file left out, one for all where many are for one reason."""
    by_reason: dict[str, list[Unread]] = {}
    for each in unread:
        by_reason.setdefault(each.why, []).append(each)
    lines = []
    for why, held in by_reason.items():
        if len(held) <= MOST_ALIKE:
            lines += [f"not checked: {_told(each)}" for each in held]
        else:
            first = shown_path(Path(held[0].path))
            lines.append(f"not checked: {first} and {len(held) - 1} more: each {printable(why)}")
    return lines


def _told(unread: Unread) -> str:
    return f"{shown_path(Path(unread.path))}:{unread.line}: {printable(unread.why)}"


def _summary(linted: Linted) -> str:
    found, files = len(linted.findings), linted.num_files
    ignored = f"; {linted.num_ignored} meant, as comments say" if linted.num_ignored else ""
    skipped = f"; {len(linted.unread)} not checked" if linted.unread else ""
    return (
        f"{found} finding{'s' * (found != 1)} in {files} file{'s' * (files != 1)} of "
        f"{linted.num_lines:,} lines{ignored}{skipped}"
    )


def _next(linted: Linted, paths: Sequence[str]) -> str:
    """Return the command that goes on from here."""
    given = " ".join(shown_path(Path(path)) for path in paths)
    if any(finding.rule in MENDS and not finding.cell for finding in linted.findings):
        return f"neural-trainer fix {given}"
    if linted.findings:
        return f"neural-trainer explain {linted.findings[0].rule}"
    return "neural-trainer launch -- COMMAND, to train under watch"


def _value(text: str) -> str:
    clean = printable(text, 1000)
    return clean.replace("%", "%25")


def _property(text: str) -> str:
    return _value(text).replace(":", "%3A").replace(",", "%2C")
