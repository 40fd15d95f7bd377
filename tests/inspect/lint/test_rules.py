"""What holds for every rule: it fires on each spelling, at its line, and on no look-alike."""

from __future__ import annotations

import runpy
import textwrap
from pathlib import Path

import pytest

from neural_trainer.causes import CAUSES
from neural_trainer.inspect.lint.linting import lint_text
from neural_trainer.inspect.lint.rules import RULES

SPELLED = Path(__file__).parent / "spelled"
MARK = "# here"
PARTS = ("Look:", "Reason:", "Fix:", "Not reported:", "Sources:")
EACH_RULE = pytest.mark.parametrize("rule", RULES)
VISIBLE = (  # causes that source shows: update path, objective, modes, and these settings
    "zero-grad-missing", "optimizer-step-missing", "parameters-not-in-optimizer",
    "parameters-frozen", "accumulation-not-normalised", "graph-detached", "grad-scaler-stuck",
    "log-of-zero", "softmax-twice", "loss-reduction-wrong", "target-shape-broadcast",
    "causal-mask-missing", "padding-not-masked", "eval-mode-while-training",
    "train-mode-while-evaluating", "lr-schedule-wrong", "clipping-too-tight",
    "weight-decay-too-high", "warmup-missing", "data-not-shuffled", "data-leakage",
    "augmentation-duplicated", "memory-leak", "fp16-overflow", "resume-incomplete",
)  # fmt: skip


def module_of(rule: str) -> str:
    """Return the name of the module of a rule."""
    return rule.replace("-", "_")


def spellings(table: str) -> list[tuple[str, str]]:
    """Return each rule with each of its sources in `table`, FIRES or SILENT."""
    found = []
    for rule in RULES:
        held = runpy.run_path(str(SPELLED / f"{module_of(rule)}.py"))[table]
        found += [pytest.param(rule, textwrap.dedent(s), id=f"{rule}-{n}") for n, s in held.items()]
    return found


def lines_of(rule: str, source: str) -> list[int]:
    """Return the lines at which `rule` finds something."""
    linted = lint_text(source, "source.py")
    assert not linted.unread
    assert linted.num_files == 1
    return [finding.line for finding in linted.findings if finding.rule == rule]


def test_there_are_rules() -> None:
    assert len(RULES) >= 3


def test_spellings_are_those_of_the_rules() -> None:
    assert sorted(path.stem for path in SPELLED.glob("*.py")) == sorted(map(module_of, RULES))


@pytest.mark.parametrize(("rule", "source"), spellings("FIRES"))
def test_fires(rule: str, source: str) -> None:
    marked = [number for number, line in enumerate(source.split("\n"), 1) if MARK in line]
    assert marked
    assert sorted(lines_of(rule, source)) == marked


@pytest.mark.parametrize(("rule", "source"), spellings("SILENT"))
def test_stays_silent(rule: str, source: str) -> None:
    assert lines_of(rule, source) == []


@EACH_RULE
def test_has_a_table_of_each_kind(rule: str) -> None:
    held = runpy.run_path(str(SPELLED / f"{module_of(rule)}.py"))
    assert len(held["FIRES"]) >= 3
    assert len(held["SILENT"]) >= 3


@EACH_RULE
def test_says_all_that_explain_prints(rule: str) -> None:
    text = RULES[rule].__doc__ or ""
    assert [part for part in PARTS if f"\n{part} " not in text] == []
    assert max(map(len, text.splitlines())) <= 100


@EACH_RULE
def test_leads_to_a_cause_that_exists(rule: str) -> None:
    assert RULES[rule].CAUSE in {"", *CAUSES}


@pytest.mark.parametrize("cause", VISIBLE)
def test_a_cause_that_source_shows_is_found_from_source(cause: str) -> None:
    found = set()
    for rule, module in RULES.items():
        if cause == module.CAUSE:
            held = runpy.run_path(str(SPELLED / f"{module_of(rule)}.py"))["FIRES"]
            for source in held.values():
                linted = lint_text(textwrap.dedent(source), "source.py")
                found |= {finding.cause for finding in linted.findings}
    assert cause in found


@EACH_RULE
def test_is_named_as_its_file(rule: str) -> None:
    assert RULES[rule].__name__.endswith(f".{module_of(rule)}")  # type: ignore[attr-defined]


@EACH_RULE
@pytest.mark.parametrize("source", ["", "import torch", "import torch\nloss.backward()\n"])
def test_finds_nothing_in_next_to_nothing(rule: str, source: str) -> None:
    assert lines_of(rule, source) == []
