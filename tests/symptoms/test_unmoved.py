"""What must not change a symptom: the unit of a loss, the first step's number, other signals."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.runs.run import Run, Series
from neural_trainer.symptoms import SYMPTOMS, Findings, look

MADE = {**HEALTHY, **FAULTY}
RUNS = st.builds(
    lambda name, seed: MADE[name](seed), st.sampled_from(sorted(MADE)), st.integers(0, 9)
)
# Signals that no symptom of today reads.
UNREAD = ("throughput", "perplexity", "nan_count")
IN_NATS = {  # a cross-entropy is one: these relate it to accuracies or to numbers of classes
    "loss-at-chance", "loss-high-for-accuracy", "loss-at-softmax-floor", "loss-at-unit-variance",
    "loss-above-any-guess", "first-loss-high", "eval-stays-at-chance", "loss-recoils-to-chance",
    "common-label-answered", "eval-rises-from-chance",
    "grad-norm-falls-far",  # a loss that is next to nothing takes its gradient along
}  # fmt: skip
OF_A_RATE = {"rate-tiny", "rate-large-for-adam", "updates-held-back"}  # the unit of lr is Adam's
few_examples = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def changed(run: Run, change: Callable[[str, Series], Series]) -> Run:
    signals = {name: change(name, s) for name, s in run.signals.items()}
    layers = run.layers
    if layers is not None:  # measured at steps that change as those of a signal do
        layers = replace(layers, step=change("layers", Series(layers.step, layers.step)).step)
    return replace(run, signals=signals, layers=layers)


def steps(findings: Findings) -> dict[str, float]:
    """Return each symptom found and where it begins."""
    return {finding.symptom: finding.step for finding in findings.found}


def without(found: dict[str, float], symptoms: set[str]) -> dict[str, float]:
    return {symptom: step for symptom, step in found.items() if symptom not in symptoms}


def is_loss(name: str) -> bool:
    return name.removeprefix("eval/").partition("/")[0] == "loss"


@few_examples
@given(RUNS, st.floats(-6, 6))
def test_the_unit_of_the_losses(run: Run, decades: float) -> None:
    def scaled(name: str, series: Series) -> Series:
        return replace(series, value=series.value * 10**decades) if is_loss(name) else series

    before, after = steps(look(run)), steps(look(changed(run, scaled)))
    assert without(after, IN_NATS | {"rate-tiny"}) == without(before, IN_NATS | {"rate-tiny"})


@pytest.mark.parametrize("unit", ["grad_norm", "lr", "reward"])
@few_examples
@given(run=RUNS, decades=st.floats(-6, 6))
def test_the_unit_of_another_signal(unit: str, run: Run, decades: float) -> None:
    def scaled(name: str, series: Series) -> Series:
        return replace(series, value=series.value * 10**decades) if name == unit else series

    after, before = steps(look(changed(run, scaled))), steps(look(run))
    assert without(after, OF_A_RATE) == without(before, OF_A_RATE)


@few_examples
@given(RUNS, st.integers(1, 10**6))
def test_the_number_of_the_first_step(run: Run, shift: int) -> None:
    shifted = look(changed(run, lambda _, series: replace(series, step=series.step + shift)))
    expected = steps(look(run))
    # A log that begins late cannot tell how the run began.
    expected.pop("lr-starts-high", None)
    found = steps(shifted)
    found.pop("lr-starts-high", None)
    assert found == {symptom: step + shift for symptom, step in expected.items()}


@few_examples
@given(RUNS, st.integers(2, 1000))
def test_how_many_steps_lie_between_two_points(run: Run, factor: int) -> None:
    stretched = look(changed(run, lambda _, series: replace(series, step=series.step * factor)))
    expected = {symptom: step * factor for symptom, step in steps(look(run)).items()}
    found = steps(stretched)
    for both in (found, expected):
        both.pop("lr-starts-high", None)  # a first point at step 1,000 may be late
    assert found == expected


@few_examples
@given(RUNS, st.integers(0, 99))
def test_the_order_of_the_signals(run: Run, seed: int) -> None:
    names = sorted(run.signals)
    random.Random(seed).shuffle(names)
    assert look(replace(run, signals={name: run.signals[name] for name in names})) == look(run)


@few_examples
@given(RUNS)
def test_signals_that_no_symptom_reads(run: Run) -> None:
    kept = {name: series for name, series in run.signals.items() if name not in UNREAD}
    assert look(replace(run, signals=kept)) == look(run)


@pytest.mark.parametrize("dropped", ["lr", "grad_norm"])
@pytest.mark.parametrize("name", MADE)
def test_a_dropped_signal_moves_symptoms_to_not_checked_alone(name: str, dropped: str) -> None:
    run = MADE[name](0)
    kept = {other: series for other, series in run.signals.items() if other != dropped}
    whole, less = look(run), look(replace(run, signals=kept))
    unchecked = {item.symptom for item in less.unchecked}
    for symptom, module in SYMPTOMS.items():
        if dropped in module.NEEDS or any(dropped in SYMPTOMS[g].NEEDS for g in module.GIVEN):
            assert less.get(symptom) is None or less.get(symptom) == whole.get(symptom)
            assert symptom in unchecked or module.GIVEN
        elif dropped == "lr" and symptom in ("loss-periodic", "loss-still-falling"):
            continue  # a rate that restarts or decays, where it is logged, explains them
        elif "nonfinite-" not in symptom:  # these read the gradient norm where there is one
            assert less.get(symptom) == whole.get(symptom)
            assert (symptom in less.absent) == (symptom in whole.absent)
