"""What launch must warn of early, each in a run that was healthy until then; and the same, healthy.

The runs are judged as launch does it, by `Judge.consider`, every few steps as they grow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from neural_trainer.diagnosis import diagnose
from neural_trainer.live.judge import Judge
from neural_trainer.runs.run import Array, Run, Series

NUM_STEPS, LOOK = 600, 5  # steps, and steps between two looks
STEPS = np.arange(1, NUM_STEPS + 1.0)
EVALUATED = np.arange(10, NUM_STEPS + 1.0, 10)
Signals = Mapping[str, tuple[Array, Array]]


def healthy(seed: int = 0) -> dict[str, tuple[Array, Array]]:
    """Return a loss that falls by a power law, with its noise, and what goes with it."""
    random = np.random.default_rng(seed)
    return {
        "loss": (STEPS, 2 / STEPS**0.3 + 0.01 * random.random(NUM_STEPS)),
        "grad_norm": (STEPS, 1 + 0.1 * random.random(NUM_STEPS)),
        "lr": (STEPS, np.full(NUM_STEPS, 1e-3)),
        "eval/loss": (EVALUATED, 2 / EVALUATED**0.3 + 0.05 + 0.005 * random.random(60)),
    }


def changed(name: str, change: Callable[[Array, Array], Array]) -> Signals:
    """Return the healthy run with one signal's values as `change` makes them of step and value."""
    run = healthy()
    step, value = run[name]
    return {**run, name: (step, change(step, value))}


def alarms_of(signals: Signals) -> list[dict[str, Any]]:
    """Return the lines of alerts.jsonl for a run that grows."""
    told: list[dict[str, Any]] = []
    judge = Judge(told.append, stopwatch=lambda: 0.0)
    for end in range(20, NUM_STEPS + 1, LOOK):
        cut = {
            name: Series(step[step <= end], value[step <= end])
            for name, (step, value) in signals.items()
            if step[0] <= end
        }
        judge.consider(Run(name="a", source="a", format="jsonl", signals=cut))
    judge.finish()
    return told


# name: (the run, the alarm, the step from which it is wrong, the step by which that is told)
WARNINGS: dict[str, tuple[Signals, str, int, int]] = {
    "gradient_norm": (
        changed("grad_norm", lambda step, value: value * 1.02 ** np.maximum(0, step - 400)),
        "gradients-exploding", 401, 540,
    ),
    "nan": (
        changed("loss", lambda step, value: np.where(step > 400, np.nan, value)),
        "loss-nonfinite", 401, 405,
    ),
    "inf": (
        changed("loss", lambda step, value: np.where(step > 400, np.inf, value)),
        "loss-nonfinite", 401, 405,
    ),
    "validation_rises": (
        changed("eval/loss", lambda step, value: value * (1 + 0.002 * np.maximum(0, step - 200))),
        "eval-gap-growing", 201, 400,
    ),
    "lr_near_zero": (
        changed("lr", lambda step, value: np.where(step > 300, 1e-12, value)),
        "lr-zero", 301, 540,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("signals", "name", "wrong", "by"), WARNINGS.values(), ids=WARNINGS)
def test_a_warning_comes_early(signals: Signals, name: str, wrong: int, by: int) -> None:
    raised = {a["id"]: a["step"] for a in reversed(alarms_of(signals)) if a["state"] == "raised"}
    assert wrong <= raised[name] <= by
    assert min(raised.values()) >= wrong


@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_run_warns_of_nothing(seed: int) -> None:
    assert alarms_of(healthy(seed)) == []


@pytest.mark.parametrize("scale", [1e-3, 1e5], ids=["small", "large"])
def test_what_is_large_is_large_for_the_run(scale: float) -> None:
    assert alarms_of(changed("grad_norm", lambda _, value: scale * value)) == []


def test_one_large_gradient_that_leaves_no_trace_is_no_alarm() -> None:
    once = changed("grad_norm", lambda step, value: np.where(step == 400, 100, 1) * value)
    assert alarms_of(once) == []


def test_a_lone_spike_that_heals_is_told_and_wakes_nobody() -> None:
    spiked = changed(
        "loss", lambda step, value: np.where((step > 400) & (step < 405), 6, 1) * value
    )
    assert alarms_of(spiked) == []
    signals = {name: Series(step, value) for name, (step, value) in spiked.items()}
    report = diagnose(Run(name="a", source="a", format="jsonl", signals=signals))
    assert "loss-spike" in [finding.symptom for finding in report.symptoms]
