"""Facts of code on programs with one planted bug each: what speaks for its cause, and against."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from neural_trainer.causes import FAULTS
from neural_trainer.diagnosis.code_facts import code_evidence
from neural_trainer.diagnosis.facts import Evidence, factor

PLANTED = Path(__file__).parents[2] / "benchmarks" / "lint" / "planted"
CAUSES = {  # of a folder: the cause that its bug leads to, where there is one
    "accumulation-without-dividing": "accumulation-not-normalised",
    "backward-under-no-grad": "graph-detached",
    "causal-mask-missing": "causal-mask-missing",
    "clipping-before-unscale": "clipping-too-tight",
    "clipping-too-tight": "clipping-too-tight",
    "eval-mode-while-training": "eval-mode-while-training",
    "eval-without-train-back": "eval-mode-while-training",
    "ignore-index-missing": "padding-not-masked",
    "initial-weights-constant": "bad-initialisation",
    "log-of-softmax": "log-of-zero",
    "log-of-zero": "log-of-zero",
    "loss-accumulated-with-graph": "memory-leak",
    "loss-detached": "graph-detached",
    "loss-reduction-wrong": "loss-reduction-wrong",
    "optimizer-before-head-replaced": "parameters-not-in-optimizer",
    "optimizer-before-model-moves": "parameters-not-in-optimizer",
    "optimizer-step-missing": "optimizer-step-missing",
    "parameters-frozen": "parameters-frozen",
    "parameters-in-plain-list": "parameters-not-in-optimizer",
    "parameters-not-in-optimizer": "parameters-not-in-optimizer",
    "scheduler-per-batch": "lr-schedule-wrong",
    "scheduler-per-epoch": "lr-schedule-wrong",
    "sigmoid-before-bce-with-logits": "softmax-twice",
    "softmax-before-cross-entropy": "softmax-twice",
    "test-data-in-training": "data-leakage",
    "training-data-not-shuffled": "data-not-shuffled",
    "validation-in-train-mode": "train-mode-while-evaluating",
    "weight-decay-too-high": "weight-decay-too-high",
    "zero-grad-after-backward": "optimizer-step-missing",
    "zero-grad-missing": "zero-grad-missing",
}
EXCLUDED = 0.2  # what facts leave of a cause's odds, from which they nearly exclude it
MISLED: dict[str, str] = {}
"""Programs whose facts speak against what was planted, and why."""


@cache
def evidence(path: Path) -> Evidence:
    return code_evidence([str(path)])


def programs(pattern: str) -> list[str]:
    found = sorted(PLANTED.glob(f"*/{pattern}.py"))
    return [f"{path.parent.name}/{path.stem}" for path in found if path.parent.name in CAUSES]


def weighed(program: str) -> float:
    folder = program.partition("/")[0]
    return factor(evidence(PLANTED / f"{program}.py").of(CAUSES[folder]))


def test_every_folder_is_there_and_its_cause_too() -> None:
    assert {name.partition("/")[0] for name in programs("[0-9][0-9]")} == set(CAUSES)
    assert set(CAUSES.values()) <= set(FAULTS)


@pytest.mark.parametrize("program", programs("[0-9][0-9]"))
def test_the_cause_that_was_planted_is_not_excluded(program: str) -> None:
    assert (weighed(program) <= EXCLUDED) == (program in MISLED)


def test_facts_speak_for_the_cause_in_most_programs_and_against_it_in_few() -> None:
    """Prints how many, for docs/evidence.md (pytest -s)."""
    told = [weighed(program) for program in programs("[0-9][0-9]")]
    spoken_for, against = sum(times > 1 for times in told), sum(t <= EXCLUDED for t in told)
    print(f"{spoken_for} for, {against} against, of {len(told)}")
    assert spoken_for > 0.6 * len(told)
    assert against < 0.05 * len(told)


def test_programs_that_only_look_like_the_bug_are_seldom_blamed() -> None:
    near = [program for program in programs("near-[0-9]") if weighed(program) > 10]
    assert len(programs("near-[0-9]")) > 50
    assert len(near) <= 1
