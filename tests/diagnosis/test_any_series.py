"""What holds of the report on any series of numbers at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.causes import CAUSES, FAULTS
from neural_trainer.diagnosis import EARLY, Report, alarms, diagnose
from neural_trainer.diagnosis.ranking import posterior
from neural_trainer.runs.run import Run, Series
from neural_trainer.symptoms import look

NAMES = (
    "loss",
    "eval/loss",
    "lr",
    "grad_norm",
    "reward",
    "loss/a",
    "loss/generator",
    "eval/loss/a",
)
EXTREMES = (math.nan, math.inf, -math.inf, 0.0, 1.0, 1e308, -1e308, 5e-324, 1e-300)
MADE = {**HEALTHY, **FAULTY}

VALUES = st.one_of(
    st.lists(st.one_of(st.sampled_from(EXTREMES), st.floats()), max_size=45),
    st.builds(
        lambda value, n: [value] * n,
        st.sampled_from(EXTREMES),
        st.integers(0, 500),
    ),
    st.builds(  # noise at any scale, a few values put in its place
        lambda seed, n, decades, wild: np.where(
            np.random.default_rng(seed).random(n) < 0.03,
            wild,
            10.0**decades * np.random.default_rng(seed + 1).standard_normal(n),
        ).tolist(),
        st.integers(0, 99),
        st.integers(0, 500),
        st.integers(-300, 300),
        st.sampled_from(EXTREMES),
    ),
)


def _run(values: dict[str, list[float]], every: int) -> Run:
    signals = {
        name: Series(every * np.arange(1.0, len(value) + 1), np.array(value, dtype=np.float64))
        for name, value in values.items()
    }
    return Run("any", "any", "any", signals)


ANY = st.builds(
    _run, st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5), st.integers(1, 500)
)


def holds(report: Report) -> None:
    """Assert what every report must meet."""
    confidences = [cause.confidence for cause in report.root_causes]
    assert all(0 <= confidence <= 1 for confidence in [*confidences, *report.others.values()])
    assert confidences == sorted(confidences, reverse=True)
    assert math.isclose(sum(confidences) + sum(report.others.values()), 1, abs_tol=1e-9)
    assert set(report.others) == {"healthy", "converged", "unknown", "other_faults"}
    assert report.reason.endswith(".")
    assert {cause.cause for cause in report.root_causes} <= set(FAULTS)
    for cause in report.root_causes:
        assert cause.fixes
        assert cause.confirm
        for fix in cause.fixes:
            changed = fix.implementation.get("config", {})
            assert all(value > 0 for key, value in changed.items() if key.endswith(".lr"))
    if report.verdict != "faulty":
        assert {finding.symptom for finding in alarms(report)} <= set(EARLY)
    if report.verdict == "cannot_judge":
        assert all(cause.evidence for cause in report.root_causes)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(ANY)
def test_any_series_gives_a_report(run: Run) -> None:
    report = diagnose(run)
    holds(report)
    assert repr(diagnose(run)) == repr(report)


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(sorted(MADE)), st.integers(0, 9), st.floats(0, 1.2))
def test_a_run_cut_off_is_judged_as_the_log_that_ends_there(
    name: str, seed: int, share: float
) -> None:
    run = MADE[name](seed)
    end = share * run.last_step
    signals = {
        name: Series(
            np.array([step for step in series.step if step <= end]),
            np.array([v for step, v in zip(series.step, series.value, strict=True) if step <= end]),
        )
        for name, series in run.signals.items()
    }
    layers = run.layers
    if layers is not None:
        layers = layers.where(layers.step <= end)
    cut = Run(run.name, run.source, run.format, signals, axis=run.axis, layers=layers)
    report = diagnose(run.until(end))
    holds(report)
    assert repr(report) == repr(diagnose(cut))


@pytest.mark.parametrize("name", MADE)
def test_the_probabilities_of_all_causes_sum_to_one(name: str) -> None:
    run = MADE[name](1)
    probability = posterior(run, look(run))
    assert set(probability) == set(CAUSES)
    assert math.isclose(sum(probability.values()), 1)
    assert min(probability.values()) >= 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        pytest.param({}, "no loss and no reward", id="nothing"),
        pytest.param({"throughput": [1.0] * 50}, "signals: throughput", id="no-loss"),
        pytest.param({"loss": [3.0]}, "needs 5 points of loss, has 1", id="one-point"),
        pytest.param({"loss": [3.0, 2.0]}, "needs 5 points of loss, has 2", id="two-points"),
        pytest.param({"reward": [0.0] * 4}, "needs 5 points of reward, has 4", id="four-rewards"),
    ],
)
def test_too_little_cannot_be_judged(values: dict[str, list[float]], reason: str) -> None:
    report = diagnose(_run(values, 1))
    assert report.verdict == "cannot_judge"
    assert reason in report.reason


def test_one_loss_that_is_nan_is_enough_for_a_verdict() -> None:
    report = diagnose(_run({"loss": [3.0, math.nan]}, 1))
    assert report.verdict == "faulty"
    assert [finding.symptom for finding in alarms(report)] == ["loss-nonfinite"]
