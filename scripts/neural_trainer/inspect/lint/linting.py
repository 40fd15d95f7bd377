"""Every rule over every file: what was found, and what could not be looked at."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.lint.files import find_files, read_text
from neural_trainer.inspect.lint.finding import Finding, Spot, Unread
from neural_trainer.inspect.lint.ignores import read_ignores
from neural_trainer.inspect.lint.notebook import Notebook, read_notebook
from neural_trainer.inspect.lint.rules import RULES, Rule
from neural_trainer.inspect.lint.source import Source
from neural_trainer.runs.lines import Progress
from neural_trainer.runs.plain_text import printable, shown_name

# A file with none of these words has nothing that a rule could find.
_TRAINING = re.compile(r"torch|sklearn|lightning|accelerate|transformers|backward")
# Of other frameworks the same words mean other things.
_OTHERS = re.compile(
    r"(?m)^\s*(?:import|from) (?:mxnet|tensorflow|keras|jax|paddle|mindspore|jittor)\b"
)
_TORCH = re.compile(r"(?m)^\s*(?:import|from) (?:torch|lightning|accelerate|transformers)")
_PYTHON_2 = re.compile(
    r"(?m)^\s*(?:print\s+[\"'\w(]|exec\s+[\"'\w]|except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+\w+\s*,)"
)


@dataclass
class Linted:
    """What linting some files gave. num_lines: of the files that were looked at."""

    findings: list[Finding] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    num_files: int = 0
    num_lines: int = 0
    num_ignored: int = 0
    """Findings that a comment with a reason says are meant."""


def chosen_rules(names: Sequence[str]) -> dict[str, Rule]:
    """Return the rules of these names, all where there is none. Raises ConfigError for others."""
    for name in names:
        if name not in RULES:
            near = get_close_matches(name, RULES, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(RULES)}"
            raise ConfigError(f"there is no rule {shown_name(name)}; {hint}")
    return {name: RULES[name] for name in names} if names else RULES


def lint(
    paths: Iterable[str], progress: Progress | None = None, rules: dict[str, Rule] = RULES
) -> Linted:
    """Return what `rules` find in files and folders. progress: told how many files are done."""
    files = find_files(paths)
    result = Linted()
    for number, path in enumerate(files):
        if progress is not None:
            progress(Path("source files"), number, len(files))
        text, why = read_text(path)
        if why:
            result.unread.append(Unread(str(path), 1, why))
        else:
            lint_text(text, str(path), result, rules)
    if progress is not None:
        progress(Path("source files"), len(files), len(files))
    result.findings.sort()
    return result


def lint_text(
    text: str, path: str, result: Linted | None = None, rules: dict[str, Rule] = RULES
) -> Linted:
    """Return what `rules` find in one file of Python or notebook, added to `result`."""
    result = Linted() if result is None else result
    notebook: Notebook | None = None
    try:
        if path.endswith(".ipynb"):
            notebook = read_notebook(text, path)
            text = notebook.text
            result.unread += notebook.unread
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strings with \d and the like: ruff's business
            foreign = _OTHERS.search(text) and not _TORCH.search(text)
            known = _TRAINING.search(text) and not foreign
            source = Source(text, path) if known else None
            if source is None:
                ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        result.unread.append(_unparsed(error, text, path))
        return result
    result.num_files += 1
    result.num_lines += text.count("\n")
    if source is not None:
        _apply(source, notebook, result, rules)
    return result


def _apply(
    source: Source, notebook: Notebook | None, result: Linted, rules: dict[str, Rule]
) -> None:
    ignores = read_ignores(source.text, source.path, RULES)
    result.unread += ignores.refused
    lines = source.text.split("\n")
    for name, rule in rules.items():
        seen: set[tuple[int, int]] = set()
        try:
            spots = rule.find(source)
        except RecursionError:
            result.unread.append(Unread(source.path, 1, f"is nested too deeply for {name}"))
            continue
        for spot in spots:
            first, offset, last = extent(spot)
            if (first, offset) in seen:
                continue
            seen.add((first, offset))
            if ignores.silences(name, first, last):
                result.num_ignored += 1
                continue
            column = len(lines[first - 1].encode()[:offset].decode(errors="replace")) + 1
            cell, line = notebook.place(first) if notebook is not None else (0, first)
            saw = printable(spot.saw, MOST_OF_SENTENCE)
            result.findings.append(Finding(source.path, cell, line, column, name, saw, rule.CAUSE))


MOST_OF_SENTENCE = 300  # characters: it may hold names from the file


def extent(spot: Spot) -> tuple[int, int, int]:
    """Return first line, offset in it in bytes, and last line of a spot; of a block its head."""
    node = spot.node
    first, offset = int(getattr(node, "lineno", 1)), int(getattr(node, "col_offset", 0))
    last = int(getattr(node, "end_lineno", first) or first)
    if isinstance(getattr(node, "body", None), list):
        last = first
    return first, offset, last


def _unparsed(error: Exception, text: str, path: str) -> Unread:
    """Say in one line why a file is no Python that can be parsed."""
    if isinstance(error, (RecursionError, MemoryError)):
        return Unread(path, 1, "is nested too deeply to be parsed")
    if not isinstance(error, SyntaxError):
        return Unread(path, 1, "is no Python or notebook that can be parsed")
    line = error.lineno or 1
    if _PYTHON_2.search(text):
        return Unread(path, line, "is Python 2: rules read Python 3")
    return Unread(path, line, f"is no Python: {printable(error.msg)}")
