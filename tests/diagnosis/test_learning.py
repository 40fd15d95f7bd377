"""A run that shows no sign of learning is not called healthy."""

from __future__ import annotations

import numpy as np
import pytest
from sketch import made, sketch

from neural_trainer.diagnosis import diagnose

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "signals",
    [
        {"loss": np.full(10, 1.91)},
        {"loss": 60 + 25 * RNG.standard_normal(41)},
        {"loss": np.array([9.5, 10.5, 10.7, 10.1, 9.2, 8.2, 7.7, 7.8, 8.0, 9.7, 9.9])},
        {"reward": np.array([10.0, 9, 10, 10, 8, 9, 10, 10, 13, 9, 9, 10, 9, 10, 9, 9])},
    ],
)
def test_nothing_gained_is_no_health(signals: dict[str, np.ndarray]) -> None:
    report = diagnose(made(signals))
    assert report.verdict == "cannot_judge"
    # A loss that is one number may be a fault for what is seen of it as well.
    assert "shows that it learns" in report.reason or "may be a fault" in report.reason


@pytest.mark.parametrize(
    "signals",
    [
        {"loss": np.array([16.2, 13.84, 13.4, 13.23, 13.14, 13.09])},
        {"loss": np.full(12, 0.7), "eval/accuracy": np.linspace(0.3, 0.8, 12)},
        {"reward": np.array([-4788.0, -4694, -4863, -6725, -6656, -5738, -4900, -4316, -3830,
                             -3501, -3255, -3079])},
        {"loss": np.concatenate([np.full(45, 0.7), np.full(5, 0.02)])},
    ],
)  # fmt: skip
def test_a_gain_of_any_kind_will_do(signals: dict[str, np.ndarray]) -> None:
    assert "shows that it learns" not in diagnose(made(signals)).reason


def test_an_accuracy_that_stays_while_the_loss_hardly_falls() -> None:
    loss = np.linspace(1.935, 1.82, 12)
    report = diagnose(made({"loss": loss, "eval/accuracy": np.full(12, 0.35)}))
    assert report.verdict == "cannot_judge"
    assert "eval/accuracy is exactly 0.35" in report.reason
    falling = sketch(0).falling(4.0, 0.5)
    whole = diagnose(made({"loss": falling, "eval/accuracy": np.full(len(falling), 0.7)}))
    assert "changes some of its answers" not in whole.reason


def test_held_out_figures_that_are_no_better_for_it() -> None:
    loss = np.array([0.86, 0.60, 0.52, 0.45, 0.42, 0.40, 0.35, 0.33])
    held_out = np.array([0.67, 0.96, 0.81, 0.66, 0.88, 0.74, 0.72, 0.70])
    report = diagnose(made({"loss": loss, "eval/loss": held_out}))
    assert report.verdict == "cannot_judge"
    assert "nothing that was held out is better for it: eval/loss was 0.67" in report.reason
    better = diagnose(made({"loss": loss, "eval/loss": held_out, "eval/accuracy": 1 - loss}))
    assert "held out" not in better.reason


def test_an_accuracy_of_nothing() -> None:
    loss = np.linspace(18500.0, 18000.0, 12)
    report = diagnose(made({"loss": loss, "accuracy": np.zeros(12)}))
    assert report.verdict == "cannot_judge"
    assert report.reason == "accuracy is 0 at all 12 points: nothing is right."
