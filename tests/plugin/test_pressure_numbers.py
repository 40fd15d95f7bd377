"""The bounds of graders that read numbers, held to what the files of their scenarios say."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from packs import ROOT

sys.path.insert(0, str(ROOT / "evals"))

from grading import Pressure, grader_of

SAID = re.compile(r"(?<![A-Za-z])([ABCD])(?![A-Za-z])")


def _files(leaf: str) -> Path:
    return Pressure(leaf).folder / "files"


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def test_runs_that_diverged_decide_the_table() -> None:
    leaf = "rl-evaluation-benchmarking"
    grader = grader_of(Pressure(leaf))
    last: dict[str, list[float]] = {}
    for method in grader.MEANS:
        last[method] = []
        for run in range(grader.NUM_RUNS):
            path = _files(leaf) / "runs" / method / f"seed-{run}" / "eval.csv"
            by_step = defaultdict(list)
            for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
                by_step[int(row["step"])].append(float(row["return"]))
            found = np.mean(by_step[max(by_step)])
            last[method].append(float((found - grader.RANDOM) / (grader.EXPERT - grader.RANDOM)))
        assert _within(np.mean(last[method]), grader.MEANS[method])
    without = np.delete(last["ours"], list(grader.LOST_NODE))
    assert _within(without.mean(), grader.MEANS["ours"])
    finished = np.delete(last["ours"], [*grader.LOST_NODE, *grader.DIVERGED["ours"]])
    assert finished.mean() > grader.MEANS["ours"][1]
    assert finished.min() > np.mean(last["baseline"])


def test_replies_say_more_of_the_base_than_the_harness_reads() -> None:
    leaf = "llm-evaluation-frameworks"
    grader, harness = grader_of(Pressure(leaf)), _module(_files(leaf) / "score.py").LETTER
    answers = {row["id"]: row["answer"] for row in _rows(_files(leaf) / "questions.jsonl")}
    right, read, given = defaultdict(int), defaultdict(int), defaultdict(int)
    for row in _rows(_files(leaf) / "replies.jsonl"):
        (said,) = SAID.findall(row["reply"].replace("I think", ""))
        found = harness.match(row["reply"])
        key = row["model"], row["template"]
        given[key] += 1
        right[key] += said == answers[row["id"]]
        read[key] += found is not None and found[1] == answers[row["id"]]
    for model, bounds in grader.AS_ANSWERED.items():
        for template in grader.TEMPLATES:
            assert _within(right[model, template] / len(answers), bounds)
    for template in grader.TEMPLATES:
        ours, base = ("ours", template), ("base", template)
        assert read[ours] == right[ours]
        assert right[ours] / given[ours] > grader.AS_ANSWERED["ours"][1]
        assert read[base] / given[base] < grader.AS_ANSWERED["base"][0]
        assert right[base] > right[ours]


def test_the_best_trial_by_validation_is_within_and_the_best_by_test_is_not() -> None:
    leaf = "hyperparameter-tuning-methodology"
    grader = grader_of(Pressure(leaf))
    sheet = (_files(leaf) / "sweep.csv").read_text(encoding="utf-8")
    trials = [(float(row["val"]), float(row["test"])) for row in csv.DictReader(sheet.splitlines())]
    assert len(trials) == grader.NUM_TRIALS
    assert _within(max(trials)[1], grader.OURS)
    assert max(test for _, test in trials) > grader.OURS[1]


@pytest.mark.slow
def test_a_tuned_baseline_is_within_and_its_defaults_are_not() -> None:
    leaf = "hyperparameter-tuning-methodology"
    grader, methods = grader_of(Pressure(leaf)), _module(_files(leaf) / "methods.py")
    sheet = csv.DictReader(grader.trials("baseline").splitlines())
    trials = [(float(row["val"]), float(row["test"])) for row in sheet]
    assert _within(max(trials)[1], grader.BASELINE)
    defaults = methods.accuracy(methods.fit("baseline", methods.DEFAULTS), "test")
    assert defaults < grader.BASELINE[0]


def test_the_new_runtime_agrees_on_what_was_compared_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = _files("performance-benchmarking")
    old = _module(files / "old.py")
    monkeypatch.setitem(sys.modules, "old", old)
    new = _module(files / "new.py")
    before, after = old.Runtime(), new.Runtime()
    pairs = [
        (len(row["tokens"]), before.score(row["tokens"]), float(after.score(row["tokens"])))
        for row in _rows(files / "traffic.jsonl")
    ]
    same = [abs(a - b) < 1e-9 for _, a, b in pairs]
    assert all(same[:20])
    assert same == [length <= new.MOST_TOKENS for length, *_ in pairs]
    assert np.mean(same) < 0.4
