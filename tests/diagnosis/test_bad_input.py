"""Logs that are hardly one: judged rightly or not at all; no crash, no confident guess."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural_trainer.cli import main
from neural_trainer.diagnosis import Report, alarms, diagnose
from neural_trainer.runs.read import read

Row = dict[str, Any]
GUESS = 0.5  # confidence over which a cause is claimed


def falling(n: int, seed: int = 0) -> list[float]:
    """Return a healthy loss of n steps."""
    noise = np.random.default_rng(seed).normal(0, 0.02, n)
    return [float(0.5 + 2 * (step + 1) ** -0.3 + noise[step]) for step in range(n)]


def rows(n: int = 200, **signals: Callable[[int], Any]) -> list[Row]:
    return [{"step": step, **{k: make(step) for k, make in signals.items()}} for step in range(n)]


def steps_back() -> list[Row]:
    """A run that was resumed from step 100 after step 150, and logged on into the same file."""
    first = [{"step": step, "loss": value} for step, value in enumerate(falling(150))]
    again = [{"step": step, "loss": value} for step, value in enumerate(falling(300, 1))][100:]
    return first + again


NOTHING_TO_JUDGE = {
    "throughput-alone": rows(throughput=lambda s: 900.0 + s % 7),
    "lightning-counters": rows(epoch=lambda s: s // 50, batch_idx=lambda s: s % 50,
                               trainer_global_step=lambda s: s),
    "hf-counters": rows(epoch=lambda s: s / 50, train_runtime=lambda s: 1.5 * s,
                        total_flos=lambda s: 1e12 * s, train_samples_per_second=lambda s: 40.0),
    "gpu-monitor": rows(gpu_util=lambda s: 90.0 + s % 10, gpu_memory_mb=lambda s: 8000.0),
    "sb3-counters": rows(fps=lambda s: 300.0, iterations=lambda s: s, time_elapsed=lambda s: 2 * s,
                         total_timesteps=lambda s: 2048 * s),
    "learning-rate-alone": rows(lr=lambda s: 1e-3 * min(1, (s + 1) / 20)),
    "accuracy-alone": rows(accuracy=lambda s: min(0.9, s / 200)),
    "one-point": rows(1, loss=lambda s: 2.3),
    "three-points": rows(3, loss=lambda s: 2.3 - 0.1 * s, lr=lambda s: 1e-3),
}  # fmt: skip


def judged(log: list[Row], folder: Path) -> Report:
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in log))
    return diagnose(read(path))


def holds(report: Report, right: str = "") -> None:
    """Assert that the report claims no cause but the `right` one, and none without evidence."""
    if report.verdict == "cannot_judge":
        assert all(cause.evidence for cause in report.root_causes)
        assert len(report.reason) > 20
    for cause in report.root_causes:
        assert cause.confidence <= GUESS or (cause.cause == right and cause.evidence)
        if cause.confidence <= GUESS and report.verdict == "faulty":
            assert report.reason != f"{cause.issue}."


@pytest.mark.parametrize("name", NOTHING_TO_JUDGE)
def test_what_holds_too_little_cannot_be_judged(name: str, tmp_path: Path) -> None:
    report = judged(NOTHING_TO_JUDGE[name], tmp_path)
    assert report.verdict == "cannot_judge", report.reason
    assert report.root_causes == ()
    assert alarms(report) == ()


def accuracy(step: int) -> float:
    return 0.95 - 0.85 * math.exp(-step / 60)


HEALTHY = {
    "negative-losses": rows(loss=lambda s: falling(200)[s] - 5),
    "loss-through-zero": rows(loss=lambda s: falling(200)[s] - 1),
    "log-likelihood-in-thousands": rows(loss=lambda s: 1000 * falling(200)[s] - 4000),
    "accuracy-in-per-cent": rows(loss=lambda s: falling(200)[s],
                                 accuracy=lambda s: 100 * accuracy(s)),
    "held-out-accuracy-in-per-cent": rows(
        loss=lambda s: falling(200)[s], accuracy=lambda s: 100 * accuracy(s),
        val_accuracy=lambda s: 100 * accuracy(s) - 1,
    ),
    "per-cent-beside-a-share": rows(loss=lambda s: falling(200)[s],
                                    accuracy=lambda s: 100 * accuracy(s), val_accuracy=accuracy),
    "rewards-alone": rows(reward=lambda s: 200 * (1 - math.exp(-s / 60)) + 5 * math.sin(s)),
    "negative-rewards": rows(reward=lambda s: -1200 + 5 * s + 40 * math.sin(7.3 * s)),
    "steps-backwards": steps_back(),
    "one-step-again-and-again": [{"step": 5, "loss": value} for value in falling(200)],
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_in_another_dress_is_no_faulty_one(name: str, tmp_path: Path) -> None:
    report = judged(HEALTHY[name], tmp_path)
    assert report.verdict in ("healthy", "converged", "cannot_judge"), report.reason
    assert alarms(report) == ()
    holds(report)


def test_per_cent_and_shares_are_judged_alike(tmp_path: Path) -> None:
    def report(scale: float) -> Report:
        log = rows(
            loss=lambda s: -math.log(accuracy(s)),
            accuracy=lambda s: scale * accuracy(s),
            val_accuracy=lambda s: scale * (accuracy(s) - 0.02),
        )
        return judged(log, tmp_path)

    share, per_cent = report(1.0), report(100.0)
    assert (per_cent.verdict, per_cent.root_causes) == (share.verdict, share.root_causes)
    assert [f.symptom for f in per_cent.symptoms] == [f.symptom for f in share.symptoms]


FAULTY = {
    "nan-from-the-first-step": (rows(loss=lambda s: "nan"), "loss-nonfinite"),
    "nan-as-null-of-json": (
        [{"step": 0, "loss": 2.0}, *rows(50, loss=lambda s: math.nan)[1:]],
        "loss-nonfinite",
    ),
    "inf-from-the-first-step": (rows(loss=lambda s: "inf"), "loss-nonfinite"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_loss_that_is_not_finite_is_faulty_and_no_cause_is_claimed(
    name: str, tmp_path: Path
) -> None:
    log, symptom = FAULTY[name]
    report = judged(log, tmp_path)
    assert report.verdict == "faulty"
    assert symptom in [finding.symptom for finding in report.symptoms]
    holds(report)


def constant(value: float) -> Callable[[int], float]:
    return lambda step: value


CONSTANT = {
    "loss-of-zero": rows(loss=constant(0.0)),
    "loss-of-one": rows(loss=constant(1.0), lr=constant(1e-3)),
    "loss-at-chance-of-ten": rows(loss=constant(math.log(10))),
    "negative-loss": rows(loss=constant(-3.5)),
    "huge-loss": rows(loss=constant(1e30)),
    "reward-of-zero": rows(reward=constant(0.0)),
    "all-signals": rows(loss=constant(0.7), lr=constant(1e-4), grad_norm=constant(0.0),
                        val_loss=constant(0.7), accuracy=constant(50.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTANT)
def test_constant_signals_are_never_called_healthy_with_confidence(
    name: str, tmp_path: Path
) -> None:
    report = judged(CONSTANT[name], tmp_path)
    holds(report, "reward-frozen" if "reward" in name else "")
    if report.verdict == "healthy":
        assert report.others["healthy"] < 0.9


@pytest.mark.parametrize("name", [*NOTHING_TO_JUDGE, *HEALTHY, *FAULTY, *CONSTANT])
def test_every_way_of_telling_copes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    nan = {name: log for name, (log, _) in FAULTY.items()}
    log = {**NOTHING_TO_JUDGE, **HEALTHY, **nan, **CONSTANT}[name]
    judged(log, tmp_path)
    for options in ((), ("--json",), ("--html", "a.html", "--markdown", "a.md")):
        assert main(["diagnose", "log.jsonl", *options]) == 0
        assert capsys.readouterr().out
    assert (tmp_path / "a.html").stat().st_size > 1000
    assert (tmp_path / "a.md").stat().st_size > 20
