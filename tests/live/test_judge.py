"""The online judge: when it looks, what it says is new, and that it agrees with the log cut off."""

from __future__ import annotations

import json
import math
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_diagnoses import diagnose_digest, diagnose_rise, report

from neural_trainer.diagnosis import alarms as alarms_of
from neural_trainer.diagnosis import diagnose
from neural_trainer.live.judge import FIRST_POINTS, Judge
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.run_folder import ALERTS_FILE, METRICS_FILE, RUN_FILE
from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run


def judged_at(losses: list[float]) -> list[float]:
    """Return the last steps of the runs that a judge looked at, its last look left out."""
    looks: list[float] = []

    def diagnose(run: Run) -> Any:
        looks.append(run.last_step)
        return report("healthy")

    judge = Judge(lambda line: None, verdict=diagnose)
    for step, loss in enumerate(losses, start=1):
        judge.observe(step, float(step), {"loss": loss})
    return looks


def test_it_looks_first_at_twenty_steps_then_at_each_growth_by_a_twentieth() -> None:
    assert judged_at([1.0] * 31) == [20, 21, 23, 25, 27, 29]


def test_the_number_of_looks_grows_with_the_logarithm_of_the_run() -> None:
    # ln(20,000 / 20) / ln(1.05) = 142 at an exact growth; rounding up makes it fewer.
    looks = judged_at([1.0] * 20_000)
    assert 100 < len(looks) <= 142


def test_the_first_loss_that_is_not_finite_is_judged_at_once() -> None:
    assert judged_at([1.0, 1.0, math.nan, math.nan, 1.0, math.inf]) == [3]


def alarms(losses: list[float]) -> list[tuple[str, str, int]]:
    lines: list[dict[str, Any]] = []
    judge = Judge(lines.append, verdict=diagnose_rise)
    for step, loss in enumerate(losses, start=1):
        judge.observe(step, float(step), {"loss": loss})
    judge.finish()
    return [(line["state"], line["symptom"], line["step"]) for line in lines]


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        pytest.param([2.0] * 60, [], id="healthy"),
        pytest.param([2.0] * 40 + [9.0] * 20, [("raised", "loss_diverging", 41)], id="rises"),
        pytest.param(
            [2.0] * 40 + [9.0] * 10 + [2.0] * 30,
            [("raised", "loss_diverging", 41), ("cleared", "loss_diverging", 53)],
            id="rises-and-recovers",
        ),
        pytest.param([2.0] * 5 + [math.nan] * 5, [("raised", "loss_diverging", 6)], id="nan-early"),
        pytest.param([2.0] * 9 + [9.0], [("raised", "loss_diverging", 10)], id="only-at-the-end"),
    ],
)
def test_a_symptom_is_raised_once_and_cleared_once(
    losses: list[float], expected: list[tuple[str, str, int]]
) -> None:
    assert alarms(losses) == expected


def test_an_alarm_carries_cause_confidence_and_the_first_sentence_of_evidence() -> None:
    lines: list[dict[str, Any]] = []
    judge = Judge(lines.append, verdict=diagnose_rise)
    judge.observe(1, 0.0, {"loss": math.inf})
    assert lines == [
        {
            "id": "loss_diverging",
            "state": "raised",
            "symptom": "loss_diverging",
            "cause": "lr-too-high",
            "confidence": 0.8,
            "message": "loss_diverging is seen.",
            "size": None,
            "worse": 0,
            "step": 1,
        }
    ]


def test_what_stands_is_cleared_by_health_and_not_by_doubt() -> None:
    lines: list[dict[str, Any]] = []
    verdicts = iter(("faulty", "cannot_judge", "cannot_judge", "healthy"))

    def verdict(run: Run) -> Any:
        now = next(verdicts)
        return report(now, "loss_diverging") if now == "faulty" else report(now)

    judge = Judge(lines.append, verdict=verdict)
    told = []
    for step in range(1, 5):
        judge.observe(step, float(step), {"loss": 1.0})
        judge.finish()
        told.append([line["state"] for line in lines])
    assert told == [["raised"], ["raised"], ["raised"], ["raised", "cleared"]]


def test_a_run_that_shows_nothing_raises_nothing() -> None:
    lines: list[dict[str, Any]] = []
    judge = Judge(lines.append, verdict=lambda run: report("healthy"))
    judge.observe(1, 0.0, {"loss": 1.0})
    assert judge.finish() is not None
    assert lines == []


def test_a_resumed_judge_does_not_say_again_what_stands_and_clears_it_later() -> None:
    lines: list[dict[str, Any]] = []
    judge = Judge(lines.append, verdict=diagnose_rise)
    for step in range(1, 31):
        judge.recall(step, float(step), {"loss": 2.0 if step < 20 else 9.0})
    kept = {"cause": "lr-too-high", "confidence": 0.5, "message": "m", "step": 25}
    for state, symptom in (("raised", "old"), ("cleared", "old"), ("raised", "loss_diverging")):
        judge.recall_alarm({"state": state, "symptom": symptom, **kept})
    judge.observe(31, 31.0, {"loss": 9.0})
    judge.finish()
    assert lines == []
    judge.observe(32, 32.0, {"loss": 2.0})
    judge.finish()
    assert [(line["state"], line["symptom"]) for line in lines] == [("cleared", "loss_diverging")]


def test_a_run_without_points_gives_no_report() -> None:
    assert Judge(lambda line: None, verdict=diagnose_rise).finish() is None


def test_steps_out_of_order_are_kept_in_order_and_the_last_value_of_a_step_wins() -> None:
    judge = Judge(lambda line: None, verdict=diagnose_rise)
    for step, value in ((2, 1.0), (4, 2.0), (3, 3.0), (4, 4.0), (4, 5.0)):
        judge.observe(step, float(step), {"val_loss": value})
    series = judge.run().signals["eval/loss"]
    assert (series.step.tolist(), series.value.tolist()) == ([2, 3, 4], [1.0, 3.0, 5.0])


numbers = st.floats(allow_nan=True, allow_infinity=True, width=32)


@st.composite
def trainings(draw: st.DrawFn) -> list[dict[str, float]]:
    """What is logged at each step of a run of 20 to 60 steps; no evaluation of a broken loss."""
    steps = []
    for _ in range(draw(st.integers(FIRST_POINTS, 60))):
        values = {"loss": draw(numbers), "train_acc": draw(numbers)}
        if draw(st.booleans()) and math.isfinite(values["loss"]):
            values["eval"] = draw(numbers)
        steps.append(values)
    return steps


@settings(max_examples=25, deadline=None)
@given(trainings())
def test_an_alarm_says_what_the_log_cut_off_there_says(steps: list[dict[str, float]]) -> None:
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setattr("neural_trainer.live.judge.whole_diagnosis", lambda: diagnose_digest)
        with Monitor("run", config={"lr": 0.1}, clock=_clock()) as monitor:
            for values in steps:
                monitor.step(values["loss"], train_acc=values["train_acc"])
                if "eval" in values:
                    monitor.evaluate(loss=values["eval"])
        raised = [
            line
            for line in map(json.loads, (Path("run") / ALERTS_FILE).read_text().splitlines())
            if line["state"] == "raised"
        ]
        assert raised
        for alarm in raised:
            cut = _cut_off(Path("run"), alarm["step"])
            assert diagnose_digest(read(cut))[1][0].symptom == alarm["symptom"]


def rising(step: int) -> float:
    """Return a loss that falls for 60 steps and then climbs fivefold."""
    return 4.0 - step / 30 if step <= 60 else 2.0 + (step - 60) / 15


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(rising, id="falls-then-rises"),
        pytest.param(lambda step: 3.0 / step if step < 90 else math.nan, id="turns-nan"),
        pytest.param(lambda step: rising(step) if step < 110 else math.inf, id="rises-to-inf"),
    ],
)
def test_the_whole_diagnosis_says_the_same_of_the_log_cut_off(
    project: Path, loss: Callable[[int], float]
) -> None:
    noise = random.Random(0)
    with Monitor("run", config={"optimizer": {"lr": 0.5}}, clock=_clock()) as monitor:
        for step in range(1, 151):
            value = loss(step) * (1 + 0.01 * noise.gauss(0, 1))
            monitor.step(value, lr=0.5 * min(1, step / 100), grad_norm=1 + 0.1 * noise.random())
            if step % 25 == 0 and math.isfinite(value):
                monitor.evaluate(loss=value)
    lines = [json.loads(line) for line in (Path("run") / ALERTS_FILE).read_text().splitlines()]
    raised = [alarm for alarm in lines if alarm["state"] == "raised"]
    assert raised
    reports = {
        step: diagnose(read(_cut_off(Path("run"), step)))
        for step in {line["step"] for line in lines}
    }
    for alarm in raised:
        offline = reports[alarm["step"]]
        said = {finding.symptom: finding.evidence[0] for finding in alarms_of(offline)}
        assert said[alarm["symptom"]] == alarm["message"]
        assert offline.root_causes[0].cause == alarm["cause"]
        assert offline.root_causes[0].confidence == pytest.approx(alarm["confidence"], abs=1e-4)
    for alarm in lines:
        if alarm["state"] == "cleared":
            shown = {finding.symptom for finding in alarms_of(reports[alarm["step"]])}
            assert alarm["symptom"] not in shown


def _clock() -> Callable[[], float]:
    now = iter(range(1_790_000_000, 1_800_000_000))
    return lambda: float(next(now))


def _cut_off(folder: Path, step: int) -> Path:
    """Return a copy of a run folder whose metrics end with `step`."""
    cut = folder.parent / f"cut-{step}"
    cut.mkdir()
    shutil.copy(folder / RUN_FILE, cut)
    lines = (folder / METRICS_FILE).read_text().splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["step"] <= step]
    (cut / METRICS_FILE).write_text("".join(kept))
    return cut
