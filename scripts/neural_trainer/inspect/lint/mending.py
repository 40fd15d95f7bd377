"""Certain fixes of a file, one after the other, each looked at again before it is kept."""

from __future__ import annotations

import ast
import os
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from neural_trainer.errors import ReadError
from neural_trainer.inspect.lint.files import find_files, read_text
from neural_trainer.inspect.lint.finding import Finding, Spot
from neural_trainer.inspect.lint.ignores import read_ignores
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.linting import extent, lint_text
from neural_trainer.inspect.lint.mends import MENDS
from neural_trainer.inspect.lint.rules import RULES, Rule
from neural_trainer.inspect.lint.source import Source
from neural_trainer.runs.lines import Progress
from neural_trainer.runs.plain_text import shown_path

MOST_FIXES = 1000  # of a file: each costs reading it again


@dataclass
class Mended:
    """A file, what was found in it and mended, and what was found and left to its author."""

    path: str
    before: str
    after: str
    fixed: list[Finding] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)

    def diff(self) -> str:
        """Return what changes, as a unified diff."""
        lines = unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            self.path,
            self.path,
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def mend_paths(
    paths: Iterable[str], rules: dict[str, Rule] = RULES, progress: Progress | None = None
) -> list[Mended]:
    """Return each file in which `rules` find something, mended as far as is certain.

    Nothing is written. A notebook is left as it is.
    """
    files = find_files(paths)
    mended = []
    for number, path in enumerate(files):
        if progress is not None:
            progress(Path("source files"), number, len(files))
        text, why = read_text(path)
        if not why:
            result = mend_text(text, str(path), rules)
            if result.fixed or result.left:
                mended.append(result)
    if progress is not None:
        progress(Path("source files"), len(files), len(files))
    return mended


def mend_text(text: str, path: str, rules: dict[str, Rule] = RULES) -> Mended:
    """Return a file mended as far as is certain.

    A fix is kept only if what it mends is found no more and nothing else is found instead.
    """
    found = lint_text(text, path, rules=rules).findings
    result = Mended(path, text, text, left=sorted(found))
    if path.endswith(".ipynb") or not any(finding.rule in MENDS for finding in found):
        return result
    given_up: set[tuple[str, str]] = set()
    for _ in range(MOST_FIXES):
        step = _next(result.after, path, rules, given_up)
        if step is None:
            break
        result.after, finding = step
        result.fixed.append(finding)
    result.left = sorted(lint_text(result.after, path, rules=rules).findings)
    return result


def fixable(findings: Iterable[Finding]) -> set[Finding]:
    """Return those of `findings` that `mend_text` would mend, were each the first of its file.

    Raises MissingPackage where LibCST is not installed and a rule with a mend found something.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.rule in MENDS and not finding.cell:
            by_path.setdefault(finding.path, []).append(finding)
    return {each for path, held in by_path.items() for each in _fixable(path, held)}


def _fixable(path: str, findings: list[Finding]) -> Iterator[Finding]:
    text, why = read_text(Path(path))
    if why:
        return
    layout = Layout(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = Source(text, path)
    before = lint_text(text, path).findings
    for name in sorted({finding.rule for finding in findings}):
        held = {(f.line, f.column): f for f in findings if f.rule == name}
        for spot in RULES[name].find(source):
            first, offset, _ = extent(spot)
            finding = held.get((first, offset + 1))
            changed = MENDS[name].mend(source, spot, layout) if finding is not None else None
            better = changed is not None and _is_better(changed, path, RULES, name, before)
            if finding is not None and better:
                yield finding


def _next(
    text: str, path: str, rules: dict[str, Rule], given_up: set[tuple[str, str]]
) -> tuple[str, Finding] | None:
    """Return the text with one more finding mended, and that finding."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = Source(text, path)
    ignores = read_ignores(text, path, RULES)
    before = lint_text(text, path, rules=rules).findings
    for name in (name for name in rules if name in MENDS):
        for spot in rules[name].find(source):
            first, offset, last = extent(spot)
            mark = (name, _line(text, spot))
            if mark in given_up or ignores.silences(name, first, last):
                continue
            changed = MENDS[name].mend(source, spot, Layout(text))
            if changed is None or not _is_better(changed, path, rules, name, before):
                given_up.add(mark)
                continue
            return changed, Finding(path, 0, first, offset + 1, name, spot.saw, rules[name].CAUSE)
    return None


def _line(text: str, spot: Spot) -> str:
    """Return the line of a spot, with which it is known again after other fixes."""
    first, offset, _ = extent(spot)
    return f"{text.splitlines()[first - 1]} {offset}"


def _is_better(
    changed: str, path: str, rules: dict[str, Rule], name: str, before: list[Finding]
) -> bool:
    """Tell whether a changed text parses, has fewer findings of the rule and no more of others."""
    try:
        ast.parse(changed)
    except SyntaxError:
        return False
    after = lint_text(changed, path, rules=rules).findings
    for rule in rules:
        was = sum(finding.rule == rule for finding in before)
        now = sum(finding.rule == rule for finding in after)
        if now > was or (rule == name and now >= was):
            return False
    return True


def write(mended: Mended) -> None:
    """Write a mended file, in its encoding and with its ends of lines, whole or not at all.

    Raises ReadError where the file has changed since it was read.
    """
    path = Path(mended.path)
    held = path.read_bytes()
    with path.open("rb") as file:
        codec, _ = tokenize.detect_encoding(file.readline)
    text = held.decode(codec)
    if text.replace("\r\n", "\n").replace("\r", "\n") != mended.before:
        raise ReadError(f"{shown_path(path)} changed while it was mended; run it again")
    ends = "\r\n" if "\r\n" in text else "\n"
    beside = path.with_name(f".{path.name}.mended")
    beside.write_bytes(mended.after.replace("\n", ends).encode(codec))
    beside.chmod(path.stat().st_mode)
    os.replace(beside, path.resolve())
