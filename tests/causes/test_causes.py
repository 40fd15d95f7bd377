"""What holds for every cause: its docstring, the symptoms that it expects, its fixes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from made_faulty import FAULTY
from made_healthy import HEALTHY
from sketch import made

from neural_trainer.causes import CAUSES, FAULTS, Fix
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import SYMPTOMS, Findings, look

# Every id that a cause may have or name; new ones are added, none is renamed.
IDS = {
    *"""
    lr-too-high lr-too-low warmup-missing lr-schedule-wrong clipping-too-tight
    weight-decay-too-high adam-epsilon-too-large zero-grad-missing optimizer-step-missing
    parameters-not-in-optimizer parameters-frozen accumulation-not-normalised graph-detached
    grad-scaler-stuck fp16-overflow log-of-zero bad-batch attention-logits-growing
    recurrent-gradients-exploding bad-initialisation gradients-vanishing relus-dead
    activations-saturated inputs-not-normalised capacity-too-small stopped-too-early
    embedding-unstable output-constant auxiliary-head-collapsed softmax-twice
    loss-reduction-wrong target-shape-broadcast causal-mask-missing padding-not-masked
    labels-wrong label-noise class-imbalance data-not-shuffled data-leakage train-val-mismatch
    overfitting augmentation-duplicated eval-mode-while-training train-mode-while-evaluating
    dataloader-bottleneck memory-leak throughput-cliff resume-incomplete ranks-out-of-sync
    out-of-memory nan-hidden-by-logger seed-noise mode-collapse policy-collapse reward-frozen
    catastrophic-forgetting repetition-collapse run-crashed healthy converged unknown
    """.split()  # noqa: SIM905
}
PARTS = ("Looks like:", "Not to be confused with:")
FAULT_PARTS = ("Looks like:", "Why:", "Not to be confused with:", "Settled by:", "Fix:", "Sources:")
FORMS = {"config", "diff", "command", "words"}
NOTHING = Run("empty", "made", "made", {})


def test_the_registry() -> None:
    assert FAULTS
    assert set(CAUSES) - set(FAULTS) == {"healthy", "converged", "unknown"}
    assert set(CAUSES) <= IDS


def test_the_priors_are_shares_of_all_runs() -> None:
    priors = {name: cause.PRIOR for name, cause in CAUSES.items()}
    assert all(0 < prior < 1 for prior in priors.values())
    assert 0.5 <= priors["healthy"] + priors["converged"] <= 1.0
    assert sum(priors.values()) <= 2.0
    assert max(priors, key=lambda name: priors[name]) == "healthy"


def test_every_symptom_has_a_background() -> None:
    assert SYMPTOMS
    assert all(0 < symptom.BACKGROUND < 1 for symptom in SYMPTOMS.values())


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_every_symptom_speaks_for_a_cause(symptom: str) -> None:
    background = SYMPTOMS[symptom].BACKGROUND
    assert any(cause.EXPECTS.get(symptom, 0) > background for cause in CAUSES.values())


@pytest.mark.parametrize("name", CAUSES)
def test_cause(name: str) -> None:
    cause = CAUSES[name]
    assert name == cause.ID
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert cause.SETTING in SETTINGS
    assert set(cause.EXPECTS) <= set(SYMPTOMS)
    assert all(0 < chance < 1 for chance in cause.EXPECTS.values())
    assert not cause.ISSUE.endswith(".")
    assert "\n" not in cause.ISSUE


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_expects_something(name: str) -> None:
    fault = FAULTS[name]
    if fault.SETTING == "several runs":
        assert not fault.EXPECTS
        return
    assert any(chance > SYMPTOMS[symptom].BACKGROUND for symptom, chance in fault.EXPECTS.items())
    assert fault.CONFIRM


@pytest.mark.parametrize("name", CAUSES)
def test_docstring(name: str) -> None:
    text = CAUSES[name].__doc__
    assert text is not None
    parts = FAULT_PARTS if name in FAULTS else PARTS if name != "unknown" else PARTS[:1]
    begins = [text.find(f"\n\n{part} ") for part in parts]
    assert -1 not in begins, parts[begins.index(-1)]
    assert begins == sorted(begins), "the parts stand in another order than elsewhere"
    assert text.splitlines()[0].strip()


@pytest.mark.parametrize("name", FAULTS)
def test_what_it_may_be_confused_with_is_named_by_id(name: str) -> None:
    text = FAULTS[name].__doc__ or ""
    part = text.split("Not to be confused with: ")[1].split("\n\n")[0]
    compound = set(re.findall(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b", re.sub(r"\s+", " ", part)))
    compound -= {"fine-tune", "held-out", "warm-up"}  # words of the language
    assert compound <= IDS
    assert name not in compound


SETTINGS = {"any", "supervised", "reinforcement", "crashed", "several runs"}


def proper(fixes: tuple[Fix, ...]) -> None:
    """Assert the form that every fix has."""
    assert fixes
    for fix in fixes:
        ((form, change),) = fix.implementation.items()
        assert form in FORMS
        assert change
        assert fix.expected_impact.endswith(".")
        if form == "config":
            assert all(re.fullmatch(r"\w+(\.\w+)+", key) for key in change)
        else:
            assert isinstance(change, str)


@pytest.mark.parametrize("fault", FAULTS)
def test_fixes_of_a_run_that_holds_nothing(fault: str) -> None:
    proper(FAULTS[fault].fixes(NOTHING, Findings((), (), ())))


@pytest.mark.parametrize("name", [*HEALTHY, *FAULTY])
def test_fixes_of_made_runs(name: str) -> None:
    run = {**HEALTHY, **FAULTY}[name](0)
    findings = look(run)
    for fault in FAULTS.values():
        proper(fault.fixes(run, findings))


@pytest.mark.parametrize(
    "name", ["diverging-in-warmup", "diverging-at-peak", "loss-follows-lr", "late-rise"]
)
def test_the_rate_that_is_proposed_for_one_too_high_lies_under_its_peak(name: str) -> None:
    run = FAULTY[name](0)
    first = FAULTS["lr-too-high"].fixes(run, look(run))[0]
    peak = float(run.signals["lr"].value.max())
    assert 0 < first.implementation["config"]["optimizer.lr"] < peak / 2


@pytest.mark.parametrize("rate", [0.0, np.nan])
def test_no_rate_is_proposed_where_none_was_logged(rate: float) -> None:
    run = made({"loss": np.linspace(1, 9, 400), "lr": np.full(400, rate)})
    first = FAULTS["lr-too-high"].fixes(run, look(run))[0]
    assert "words" in first.implementation
