"""What training code says for causes and against them: lint's findings, its habits, its settings.

The code is parsed and never run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable
from pathlib import Path

from neural_trainer.diagnosis.facts import Evidence, Fact, Kind
from neural_trainer.diagnosis.latent import LATENT, LATENT_UNDER_ADAM
from neural_trainer.diagnosis.settings import Setting, all_adaptive, settings_facts
from neural_trainer.inspect.lint.files import find_files, read_text
from neural_trainer.inspect.lint.finding import Finding
from neural_trainer.inspect.lint.linting import Linted, lint_text
from neural_trainer.inspect.lint.notebook import Notebook, read_notebook
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.stated_settings import Stated, stated_settings
from neural_trainer.inspect.lint.training_habits import Habit, training_habits
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.runs.plain_text import printable

FOUND = 150.0  # of a rule's finding; BOUNDS gives the reason
_MAY_TRAIN = re.compile(r"backward|optim")

# What a habit says of causes: (subject, state) -> cause -> times: under 1 it excludes, over 1 it
# goes with. What is done in sight nearly excludes that it is missing, unless other code ran.
BEARS: dict[tuple[str, str], dict[str, float]] = {
    ("gradients", "cleared"): {"zero-grad-missing": 0.04},
    ("step", "each batch"): {"optimizer-step-missing": 0.1, "accumulation-not-normalised": 0.05},
    ("training mode", "set"): {"eval-mode-while-training": 0.1},
    ("evaluation mode", "set"): {"train-mode-while-evaluating": 0.1},
    ("schedule", "none"): {"lr-schedule-wrong": 0.1},
    ("schedule", "in its unit"): {"lr-schedule-wrong": 0.3},
    ("order", "shuffled"): {"data-not-shuffled": 0.05},
    ("order", "drawn"): {"data-not-shuffled": 0.3},
    ("order", "kept"): {"data-not-shuffled": 8.0},
    ("workers", "none"): {"dataloader-bottleneck": 2.0, "augmentation-duplicated": 0.05},
    ("logits", "straight"): {"softmax-twice": 0.05},
    ("reduction", "mean"): {"loss-reduction-wrong": 0.3},
    ("reduction", "sum"): {"loss-reduction-wrong": 8.0},
    ("logarithms", "none"): {"log-of-zero": 0.15},
    ("parameters", "all"): {"parameters-not-in-optimizer": 0.15},
    ("parameters", "some"): {"parameters-not-in-optimizer": 3.0},
    ("frozen", "some"): {"parameters-frozen": 4.0},
    ("frozen", "none"): {"parameters-frozen": 0.1},
    ("causal mask", "there"): {"causal-mask-missing": 0.3},
    ("padding", "left out"): {"padding-not-masked": 0.3},
}


def code_evidence(paths: Iterable[str]) -> Evidence:
    """Return what the files and folders say. Raises ReadError for a path that is not there."""
    linted = Linted()
    habits: list[tuple[Habit, str]] = []
    settings: list[tuple[Stated, str]] = []
    found_loop = False
    for path in find_files(paths):
        text, why = read_text(path)
        if why or not _MAY_TRAIN.search(text):
            continue
        lint_text(text, str(path), linted)
        source, place = _source(text, path)
        if source is None:
            continue
        loops = training_loops(source)
        found_loop = found_loop or bool(loops)
        habits += [(habit, place(habit.node)) for habit in training_habits(source, loops)]
        settings += [(item, place(item.node)) for item in stated_settings(source, loops)]
    adaptive = all_adaptive(item.value for item, _ in settings if item.name == "optimizer")
    facts = [_of_finding(found, adaptive) for found in sorted(linted.findings) if found.cause]
    blamed = {fact.cause for fact in facts}
    shown = [*_of_habits(habits), *settings_facts(_agreed(settings), "code")]
    # Of a cause that a rule found nothing more is told: it would be the same witness.
    facts += [fact for fact in shown if fact.cause not in blamed]
    notes = [f"{printable(u.path, 120)} {u.why}" for u in linted.unread[:3]]
    if not found_loop:
        notes.append("the code shows no loop that goes backward and steps an optimizer")
    return Evidence(tuple(facts), ("rule", "code"), tuple(notes))


def _of_finding(found: Finding, adaptive: bool) -> Fact:
    latent = found.rule in LATENT or (adaptive and found.rule in LATENT_UNDER_ADAM)
    kind: Kind = "code" if latent else "rule"
    said = f"{_sentence(found.saw)} [rule {found.rule}]"
    return Fact(found.cause, kind, found.rule, FOUND, said, found.where)


def _source(text: str, path: Path) -> tuple[Source | None, _Place]:
    """Return a parsed file and what tells a node's place in it; None where it is no Python."""
    try:
        notebook = read_notebook(text, str(path)) if path.suffix == ".ipynb" else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = Source(text if notebook is None else notebook.text, str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None, _Place(str(path), None)
    return source, _Place(str(path), notebook)


class _Place:
    """Tells file and line of a node, in a notebook the cell as well."""

    def __init__(self, path: str, notebook: Notebook | None) -> None:
        self.path, self.notebook = printable(path, 200), notebook

    def __call__(self, node: ast.AST) -> str:
        line = int(getattr(node, "lineno", 1))
        if self.notebook is None:
            return f"{self.path}:{line}"
        cell, inner = self.notebook.place(line)
        return f"{self.path}:cell {cell}:{inner}"


def _of_habits(habits: list[tuple[Habit, str]]) -> list[Fact]:
    """Return what habits say; one that is kept here and not there excludes nothing."""
    states: dict[str, set[str]] = {}
    for habit, _ in habits:
        states.setdefault(habit.subject, set()).add(habit.state)
    facts: dict[tuple[str, str, str], Fact] = {}
    for habit, where in habits:
        for cause, times in BEARS.get((habit.subject, habit.state), {}).items():
            mixed = len(states[habit.subject]) > 1
            if times > 1 or not mixed:
                fact = Fact(cause, "code", habit.subject, times, _sentence(habit.saw), where)
                facts.setdefault((cause, habit.subject, habit.state), fact)
    return list(facts.values())


def _agreed(settings: list[tuple[Stated, str]]) -> list[Setting]:
    """Return the settings that stand with one value alone: of two, which ran cannot be told."""
    found: dict[str, dict[float | str | None, str]] = {}
    for item, where in settings:
        found.setdefault(item.name, {}).setdefault(item.value, where)
    return [
        Setting(name, value, where)
        for name, values in found.items()
        if len(values) == 1
        for value, where in values.items()
    ]


def _sentence(said: str) -> str:
    return printable(said, 300).rstrip(".") + "."
