"""Four sets of planted bugs, which rules are right about each, and what counts as found.

A finding counts where it is of a rule that the table below accepts for the folder and stands on
the marked statement or on a loop or call around it.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from neural_trainer.inspect.lint.rules import RULES  # noqa: E402

PLANTED = ROOT / "benchmarks" / "lint" / "planted"
FRESH = ROOT / "benchmarks" / "lint" / "planted_fresh"
THIRD = ROOT / "benchmarks" / "lint" / "planted_third"
FOURTH = ROOT / "benchmarks" / "lint" / "planted_fourth"
CAME_LATER = {"initial-weights-constant"}
MARK = "# PLANTED"

# The rules that are right about the bug of a folder.
ACCEPTED = {
    "accumulation-without-dividing": ("accumulation-not-divided",),
    "autocast-around-backward": ("autocast-around-backward",),
    "backward-under-no-grad": ("backward-under-no-grad",),
    "causal-mask-missing": ("causal-mask-missing",),
    "checkpoint-without-optimizer": ("checkpoint-without-optimizer",),
    "clipping-after-step": ("clip-without-effect",),
    "clipping-before-unscale": ("clip-before-unscale",),
    "clipping-too-tight": ("clipping-too-tight",),
    "cuda-amp-deprecated": ("deprecated-cuda-amp",),
    "eval-mode-while-training": ("train-mode-not-restored",),
    "eval-without-train-back": ("train-mode-not-restored",),
    "fp16-without-scaler": ("fp16-without-scaler",),
    "grad-scaler-update-missing": ("grad-scaler-incomplete",),
    "ignore-index-missing": ("padding-not-masked",),
    "in-place-on-leaf": ("in-place-on-leaf",),
    "initial-weights-constant": ("initial-weights-constant",),
    "item-in-inner-loop": ("item-in-inner-loop",),
    "learning-rate-dead": ("learning-rate-dead", "scheduler-wrong-unit"),
    "load-without-weights-only": ("load-without-weights-only",),
    "log-of-softmax": ("log-of-softmax",),
    "log-of-zero": ("log-of-zero", "log-of-softmax"),
    "logging-missing": ("logging-missing",),
    "loss-accumulated-with-graph": ("loss-kept-with-graph",),
    "loss-detached": ("loss-detached",),
    "loss-reduction-wrong": ("loss-reduction-wrong",),
    "optimizer-before-head-replaced": ("optimizer-before-new-head", "parameters-not-in-optimizer"),
    "optimizer-before-model-moves": ("optimizer-before-move",),
    "optimizer-step-missing": ("optimizer-step-missing",),
    "parameters-frozen": ("parameters-frozen",),
    "parameters-in-plain-list": ("parameters-in-plain-list",),
    "parameters-not-in-optimizer": ("parameters-not-in-optimizer", "optimizer-before-new-head"),
    "regression-target-not-squeezed": ("target-shape-broadcast",),
    "resume-incomplete": ("resume-incomplete",),
    "retain-graph": ("retain-graph",),
    "scaler-fitted-before-split": ("scaler-fitted-before-split",),
    "scheduler-before-optimizer": ("scheduler-before-optimizer",),
    "scheduler-per-batch": ("scheduler-wrong-unit",),
    "scheduler-per-epoch": ("scheduler-wrong-unit",),
    "seed-missing": ("seed-missing",),
    "set-epoch-missing": ("set-epoch-missing",),
    "shuffle-with-sampler": ("shuffle-with-sampler",),
    "sigmoid-before-bce-with-logits": ("sigmoid-before-bce-with-logits",),
    "softmax-before-cross-entropy": ("softmax-before-cross-entropy",),
    "test-data-in-training": ("test-data-in-training",),
    "training-data-not-shuffled": ("data-not-shuffled",),
    "validation-in-train-mode": ("evaluation-in-train-mode",),
    "validation-without-no-grad": ("evaluation-with-gradients",),
    "warmup-missing": ("warmup-missing",),
    "weight-decay-on-norms": ("weight-decay-on-norms",),
    "weight-decay-too-high": ("weight-decay-too-high",),
    "worker-seed-numpy": ("workers-share-seed",),
    "zero-grad-after-backward": ("zero-grad-before-step",),
    "zero-grad-missing": ("zero-grad-missing",),
}


class Found(NamedTuple):
    """A finding of either linter. names: the lines that its sentence names."""

    line: int
    rule: str
    names: tuple[int, ...] = ()


@dataclass
class Score:
    """What one linter found. hits, planted: by folder; misses: files; others: rule and place.

    named: hits, and files in which a finding stands at the other end and names the marked line.
    """

    hits: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    near: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    false_near: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def marked_lines(text: str) -> set[int]:
    """Return the lines at which a finding counts: of the marked statement and blocks around it.

    Of a block that is marked or around, its head: the loop and not what stands in it.
    """
    marks = [n for n, line in enumerate(text.split("\n"), 1) if line.rstrip().endswith(MARK)]
    if not marks:
        raise ValueError(f"no line ends in {MARK}")
    counted: set[int] = set(marks)
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None)
        head = body[0].lineno - 1 if isinstance(body, list) and body else node.end_lineno or 0
        own = range(node.lineno, max(head, node.lineno) + 1)
        whole = range(node.lineno, (node.end_lineno or 0) + 1)
        loop = isinstance(node, (ast.For, ast.AsyncFor, ast.While))
        simple = not isinstance(body, list)
        for mark in marks:
            marked = mark in own and not isinstance(node, (ast.FunctionDef, ast.ClassDef))
            if marked or (mark in whole and (loop or simple)):
                counted.update(own)
    return counted


def score(findings: dict[str, list[Found]], root: Path = PLANTED, any_rule: bool = False) -> Score:
    """Return the score of findings by file: (line, rule). any_rule: whatever the rule says."""
    result = Score()
    for path in planted_files(root):
        name, folder = str(path.relative_to(root)), path.parent.name
        found = findings.get(name, [])
        kinds = [each for each in found if any_rule or each.rule in ACCEPTED[folder]]
        if path.stem.startswith("near"):
            result.near[folder] += 1
            result.false_near += [f"{name}:{each.line} {each.rule}" for each in kinds]
            others = [each for each in found if each not in kinds]
        else:
            counted = marked_lines(path.read_text())
            on_mark = [each for each in kinds if each.line in counted]
            named = [each for each in kinds if counted & {each.line, *each.names}]
            result.named[folder] += bool(named)
            result.planted[folder] += 1
            result.hits[folder] += bool(on_mark)
            if not on_mark:
                result.misses.append(name)
            others = [each for each in found if each not in (*on_mark, *named)]
        result.others += [f"{name}:{each.line} {each.rule}" for each in others]
    if not result.planted:
        raise SystemExit(f"no planted file in {root}")
    return result


def planted_files(root: Path = PLANTED) -> list[Path]:
    """Return all programs of a set. Raises SystemExit where ACCEPTED does not fit its folders.

    The second set has no folder for a kind of bug that came after it.
    """
    unknown = {path.name for path in root.iterdir() if path.is_dir()} ^ set(ACCEPTED)
    if root == FRESH:
        unknown -= CAME_LATER
    strange = {rule for rules in ACCEPTED.values() for rule in rules} - set(RULES)
    if unknown or strange:
        raise SystemExit(f"ACCEPTED does not fit: {', '.join(sorted(unknown | strange))}")
    return sorted(root.glob("*/*.py"))
