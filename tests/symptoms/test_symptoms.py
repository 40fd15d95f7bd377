"""What holds for every symptom: in which made runs it is seen and where, and in which not."""

from __future__ import annotations

import inspect
import math
import re
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from made_crashed import CRASHED
from made_faulty import FAULTY
from made_healthy import HEALTHY
from made_layered import LAYERED_FAULTY
from made_passes import PASSES_FAULTY, PASSES_SHOWN, PASSES_SOUND
from made_related import RELATED
from measured import changed, columns, measured, recurrent, with_layers
from sketch import made, planted, sketch
from where_related import ALIKE, SHOWN

from neural_trainer.diagnosis import diagnose
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import SYMPTOMS, TOLD_BY, Findings, look

SEEDS = range(20)
MADE = {**HEALTHY, **FAULTY, **RELATED, **CRASHED, **PASSES_SOUND, **PASSES_FAULTY}


class Fires(NamedTuple):
    """A run that shows a symptom, at which share of the run, and how far off it may be told.

    share: None for where the fault was planted.
    """

    run: str
    within: float
    share: float | None = None


FIRES: dict[str, tuple[Fires, ...]] = {
    "loss-nonfinite": (
        Fires("nan-sudden", 0),
        Fires("nan-heals", 0),
        Fires("nan-from-start", 0),
        Fires("nan-after-climb", 0),
    ),
    "nonfinite-after-climb": (Fires("nan-after-climb", 0.01),),
    "nonfinite-sudden": (
        Fires("nan-sudden", 0),
        Fires("nan-sudden-loss-alone", 0),
        Fires("nan-heals", 0),
    ),
    "nonfinite-as-lr-rises": (Fires("nan-in-warmup", 0.15),),
    "loss-diverging": (
        Fires("diverging-in-warmup", 0.05),
        Fires("diverging-at-peak", 0.1),
        Fires("late-rise", 0.35),  # told from half of the rise on
        Fires("lr-jump", 0.02),
    ),
    "loss-spike": (Fires("spike", 0.005), Fires("clipped-spikes", 0.5, 0.5)),
    "early-instability": (Fires("no-warmup", 0.015),),
    "gradients-exploding": (Fires("gradients-explode", 0.15),),
    "unstable-at-peak-lr": (
        Fires("diverging-in-warmup", 0.05),
        Fires("diverging-at-peak", 0.1),
        Fires("nan-after-climb", 0.08),  # the climb takes up to 30 of 400 steps
    ),
    "loss-follows-lr": (Fires("loss-follows-lr", 0.1),),
    "loss-not-falling": (Fires("not-falling", 0.01),),
    "loss-at-chance": (Fires("stuck-at-chance", 0.02, 0.5),),
    "loss-plateau": (
        Fires("lr-zero-early", 0.03, 2 / 3),
        Fires("grokking", 0.03, 2 / 3),
    ),
    "eval-gap-growing": (Fires("overfitting-epochs", 0.1), Fires("overfitting-steps", 0.1)),
    "lr-zero": (Fires("lr-zero-early", 0.005),),
    "lr-jumps": (Fires("lr-jump", 0),),
    "lr-starts-high": (Fires("decay-to-zero", 0.01, 0.0), Fires("no-warmup", 0.01, 0.0)),
    "reward-collapsed": (Fires("reward-collapses", 0.1),),
    "reward-frozen": (Fires("reward-stands", 0),),
    "layers-outside-optimizer": (Fires("head-not-in-optimizer", 0),),
    "layers-not-moving": (Fires("weights-stand-still", 0),),
    "layers-frozen": (Fires("too-much-frozen", 0),),
    "gradients-alike": (Fires("no-zero-grad", 0.03), Fires("no-zero-grad-closely", 0.03)),
    "layer-gradients-exploding": (Fires("layers-explode", 0.2), Fires("layers-not-finite", 0.1)),
    "recurrent-gradients-large": (Fires("recurrence-explodes", 0),),
    "layer-gradients-vanishing": (Fires("sigmoids-too-deep", 0.01),),
    "depth-out-of-balance": (Fires("unbalanced-by-layer", 0),),
    "units-dead": (Fires("relus-die", 0),),
    "units-saturated": (Fires("tanh-at-bounds", 0),),
    "updates-large": (Fires("layers-explode", 0.3),),
    "updates-tiny": (Fires("steps-below-precision", 0),),
    "attention-logits-grow": (Fires("attention-logits-run-away", 0.15),),
    "layers-without-gradient": (Fires("encoder-cut-off", 0),),
    "crashed-out-of-memory": (Fires("ends-out-of-memory", 0, 1.0),),
    "crashed-otherwise": (Fires("ends-at-an-assert", 0, 1.0),),
    **{symptom: (Fires(run, 0.1, share),) for symptom, (run, share) in SHOWN.items()},
    "loss-periodic": (Fires("in-order", 0.05, 0.1), Fires("in-order-between-rows", 0.05, 0.1)),
    **{
        symptom: tuple(Fires(run, 0.3, share) for run, share in shown)
        for symptom, shown in PASSES_SHOWN.items()
    },
}

JUMPY = {
    "clipped-spikes",  # has spikes
    "batches-of-two",  # the largest of 5,000 log-normal values is a spike by itself, now and then
    "curriculum-jump",  # the rest: half of a jump is undone within a tenth of the run
    "cosine-restarts",
    "growing-restarts",
}
SILENT: dict[str, set[str]] = {
    "loss-nonfinite": {*HEALTHY, "spike", "gradients-explode"},
    "nonfinite-after-climb": {"undefined-metrics", "nan-sudden", "nan-heals", "nan-from-start"},
    "nonfinite-sudden": {"undefined-metrics", "nan-after-climb", "nan-from-start"},
    "nonfinite-as-lr-rises": {
        "undefined-metrics",
        "nan-sudden",
        "nan-after-climb",
        "nan-from-start",
    },
    "loss-diverging": {*HEALTHY, "spike", "loss-follows-lr", "overfitting-epochs", "not-falling"},
    "loss-spike": {*HEALTHY} - JUMPY | {"late-rise", "diverging-at-peak", "nan-after-climb"},
    "early-instability": {*HEALTHY, "spike", "late-rise", "lr-zero-early"},
    "gradients-exploding": {*HEALTHY, "nan-sudden", "nan-heals", "spike", "not-falling"},
    "unstable-at-peak-lr": {*HEALTHY, "late-rise", "nan-sudden", "no-warmup"},
    "loss-follows-lr": {*HEALTHY, "diverging-in-warmup", "lr-zero-early", "nan-sudden"},
    "loss-not-falling": {*HEALTHY, "late-rise", "lr-zero-early", "overfitting-steps"},
    "loss-at-chance": {*HEALTHY, *FAULTY} - {"stuck-at-chance", "not-falling", "relus-die"},
    "loss-plateau": {"growing-restarts", "not-falling", "diverging-at-peak"},
    "eval-gap-growing": {*HEALTHY, "not-falling", "late-rise"},
    "lr-zero": {*HEALTHY, "not-falling", "loss-follows-lr"},
    "lr-jumps": {*HEALTHY, "lr-zero-early", "diverging-in-warmup"},
    "lr-starts-high": {"everything-logged", "bump-after-warmup", "diverging-in-warmup"},
    "reward-collapsed": {"reward-rises", "reward-waits", "reward-stands", "late-rise"},
    "reward-frozen": {"reward-rises", "reward-waits", "reward-collapses", "not-falling"},
    "layers-outside-optimizer": {*HEALTHY, *LAYERED_FAULTY} - {"head-not-in-optimizer"},
    "layers-not-moving": {*HEALTHY, *LAYERED_FAULTY} - {"weights-stand-still"},
    "layers-frozen": {*HEALTHY, *LAYERED_FAULTY} - {"too-much-frozen"},
    "gradients-alike": {*HEALTHY, *LAYERED_FAULTY} - {"no-zero-grad", "no-zero-grad-closely"},
    "layer-gradients-exploding": {*HEALTHY, *LAYERED_FAULTY}
    - {"layers-explode", "layers-not-finite"},
    "recurrent-gradients-large": {*HEALTHY, *LAYERED_FAULTY} - {"recurrence-explodes"},
    "layer-gradients-vanishing": {*HEALTHY, *LAYERED_FAULTY}
    - {"sigmoids-too-deep", "weights-stand-still"},
    "depth-out-of-balance": {*HEALTHY, *LAYERED_FAULTY} - {"unbalanced-by-layer"},
    "units-dead": {*HEALTHY, *LAYERED_FAULTY} - {"relus-die", "idle-branch-by-layer"},
    "units-saturated": {*HEALTHY, *LAYERED_FAULTY} - {"tanh-at-bounds"},
    "updates-large": {*HEALTHY, *LAYERED_FAULTY} - {"layers-explode"},
    "updates-tiny": {*HEALTHY, *LAYERED_FAULTY} - {"steps-below-precision"},
    "attention-logits-grow": {*HEALTHY, *LAYERED_FAULTY} - {"attention-logits-run-away"},
    "layers-without-gradient": {*HEALTHY, *LAYERED_FAULTY} - {"encoder-cut-off"},
    "crashed-out-of-memory": {*HEALTHY, "ends-well", "ends-at-an-assert", "nan-sudden"},
    "crashed-otherwise": {*HEALTHY, "ends-well", "ends-out-of-memory", "nan-sudden"},
    **{symptom: {*HEALTHY} - ALIKE.get(symptom, set()) for symptom in SHOWN},
    "loss-periodic": {*HEALTHY} - ALIKE["loss-periodic"],
    **{
        symptom: {*PASSES_SOUND, *PASSES_FAULTY} - {run for run, _ in shown}
        for symptom, shown in PASSES_SHOWN.items()
    },
}


@cache
def made_run(name: str, seed: int) -> Run:
    return MADE[name](seed)


@cache
def seen(name: str, seed: int) -> Findings:
    return look(made_run(name, seed))


def test_every_symptom_has_runs_that_show_it_and_runs_that_do_not() -> None:
    assert SYMPTOMS
    assert set(FIRES) == set(SYMPTOMS) == set(SILENT)
    assert all(FIRES.values())
    assert all(SILENT.values())


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_module(symptom: str) -> None:
    module = SYMPTOMS[symptom]
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", symptom)
    assert symptom == module.ID
    assert inspect.getmodulename(inspect.getfile(module.find)) == symptom.replace("-", "_")
    assert module.__doc__ is not None
    assert len(module.__doc__.splitlines()) > 3, "states no threshold"
    before = list(SYMPTOMS)[: list(SYMPTOMS).index(symptom)]
    assert set(module.GIVEN) <= set(before), "looked for before those that it depends on"
    assert all(points > 0 for points in module.NEEDS.values())


@pytest.mark.parametrize(
    ("symptom", "case"),
    [
        pytest.param(symptom, case, id=f"{symptom}-in-{case.run}")
        for symptom, cases in FIRES.items()
        for case in cases
    ],
)
def test_it_is_seen_where_it_begins(symptom: str, case: Fires) -> None:
    missed = []
    for seed in SEEDS:
        run, finding = made_run(case.run, seed), seen(case.run, seed).get(symptom)
        expected = planted(run) if case.share is None else case.share * run.last_step
        if finding is None:
            missed.append(f"seed {seed}: not seen")
        elif abs(finding.step - expected) > case.within * run.last_step:
            missed.append(f"seed {seed}: at {finding.step:.0f}, not {expected:.0f}")
    assert not missed


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_it_stays_silent(symptom: str) -> None:
    false = {
        f"{name}, seed {seed}": finding.evidence
        for name in sorted(SILENT[symptom])
        for seed in SEEDS
        if (finding := seen(name, seed).get(symptom)) is not None
    }
    assert not false


@pytest.mark.parametrize("name", MADE)
def test_findings_are_told_in_sentences_with_numbers(name: str) -> None:
    run = made_run(name, 0)
    for finding in seen(name, 0).found:
        assert finding.symptom in SYMPTOMS
        assert 0 < finding.strength <= 1
        assert 1 <= finding.window[0] <= finding.window[1] <= run.last_step
        assert 1 <= finding.step <= run.last_step
        assert finding.evidence
        for sentence in finding.evidence:
            assert re.search(r"\d", sentence)
            assert sentence.endswith(".")
            assert "\n" not in sentence
        assert all(not math.isnan(value) for value in finding.numbers.values())


@pytest.mark.parametrize("name", MADE)
def test_every_symptom_is_found_absent_not_checked_or_beside_the_point(name: str) -> None:
    findings = seen(name, 0)
    found = {finding.symptom for finding in findings.found}
    beside = {s for s, module in SYMPTOMS.items() if module.GIVEN and not found & set(module.GIVEN)}
    beside |= {symptom for symptom, others in TOLD_BY.items() if found & others} - found
    told = [*found, *findings.absent, *(item.symptom for item in findings.unchecked), *beside]
    assert sorted(told) == sorted(SYMPTOMS)


@pytest.mark.parametrize(("kind", "is_seen"), [("linear", True), ("recurrent", False)])
def test_gates_do_not_die(kind: str, is_seen: bool) -> None:
    s = sketch(0)
    layers = measured(s, recurrent())
    parameters = tuple(
        replace(p, kind=kind) if p.kind == "recurrent" else p for p in layers.parameters
    )
    zeros = layers.gradients["grad_zeros"].astype(np.float64)
    zeros[:, columns(layers, "recurrent")] = 1.0
    layers = changed(replace(layers, parameters=parameters), grad_zeros=zeros)
    run = with_layers(made({"loss": s.noisy(np.full(s.n, 2.0))}), layers)
    assert (look(run).get("units-dead") is not None) == is_seen


@pytest.mark.parametrize("factor", [0.0, 1e-5])
def test_a_gradient_that_dies_away_over_time_steps_is_seen_and_named(factor: float) -> None:
    s = sketch(0)
    layers = measured(s, recurrent())
    norm = layers.gradients["grad_norm"].astype(np.float64)
    norm[5:, columns(layers, "recurrent", "embedding")] *= factor
    loss = made({"loss": s.noisy(np.full(s.n, 2.0))})
    run = with_layers(loss, changed(layers, grad_norm=norm))
    finding = look(run).get("layer-gradients-vanishing")
    assert finding is not None
    assert finding.step == layers.step[5]
    assert set(finding.layers) == {p.name for p in layers.parameters if p.kind == "recurrent"}
    (named,) = [one for one in diagnose(run).root_causes[:3] if one.cause == "gradients-vanishing"]
    assert "orthogonal_" in str(named.fixes[0].implementation)
    less = changed(layers, grad_norm=np.where(norm == 0, 0.0, np.maximum(norm, 0.01)))
    if factor:
        assert look(with_layers(loss, less)).get("layer-gradients-vanishing") is None


def test_without_a_signal_what_needs_it_is_not_checked() -> None:
    findings = look(Run("empty", "made", "made", {}))
    assert findings.found == ()
    assert findings.absent == ("loss-nonfinite",)  # not a loss is NaN
    needs = {item.symptom: item.needs for item in findings.unchecked}
    assert needs["lr-zero"] == "needs lr"
    assert needs["loss-follows-lr"] == "needs loss; needs lr"
    assert needs["reward-frozen"] == "needs reward"


def test_too_few_points_are_told_with_their_number() -> None:
    run = made_run("not-falling", 0)
    short = replace(run, signals={name: s.until(7) for name, s in run.signals.items()})
    needs = {item.symptom: item.needs for item in look(short).unchecked}
    assert needs["loss-not-falling"] == "needs 8 points of loss, has 7"


def test_a_held_out_loss_without_noise() -> None:
    epochs = np.arange(1.0, 21)
    falling = 1 / epochs
    rising = look(made({"loss": falling, "eval/loss": epochs}, axis="epoch"))
    assert rising.get("eval-gap-growing") is not None
    flat = look(made({"loss": falling, "eval/loss": np.zeros(20)}, axis="epoch"))
    assert "eval-gap-growing" in flat.absent


def test_heavy_tails_seldom_hold_a_spike() -> None:
    seeds = range(100)
    spiky = [s for s in seeds if look(HEALTHY["batches-of-two"](s)).get("loss-spike")]
    assert len(spiky) <= 6


def test_a_jump_that_takes_long_to_fall_is_no_spike() -> None:
    s = sketch(0, (2000,))
    jump = (s.step > 800) * np.exp(-np.clip(s.step - 800, 0, None) / 600)
    loss = s.noisy(s.falling(), 0.01, 0.01)
    assert "loss-spike" in look(made({"loss": loss + 2 * jump})).absent
    brief = jump * (s.step < 900)
    found = look(made({"loss": loss + 2 * brief})).get("loss-spike")
    assert found is not None
    assert found.step == 801
