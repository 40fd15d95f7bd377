"""Costs that stand in a relation to an accuracy, to classes or to a variance, and look-alikes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sketch import made

from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.symptoms import (
    common_label_answered,
    eval_rises_from_chance,
    loss_at_softmax_floor,
    loss_at_unit_variance,
)

ROWS = np.arange(1.0, 41)
AT = ROWS[3::4]  # the steps of ten evaluations


def judged(loss: Array, right: Array) -> Run:
    """A loss in training, and the same held out with its accuracy, at every fourth row."""
    held_out = {"eval/loss": Series(AT, loss[3::4]), "eval/accuracy": Series(AT, right[3::4])}
    return made({"loss": Series(ROWS, loss), **held_out})


def saturating(start: float, end: float, rate: float = 0.2) -> Array:
    return end + (start - end) * np.exp(-rate * (ROWS - 1))


def of_probabilities(num_classes: int, sure: float, rng: np.random.Generator) -> float:
    """Return the cross-entropy of `sure` right answers, given as logits what are probabilities."""
    given = np.zeros((4000, num_classes))
    right = rng.random(len(given)) < sure
    given[np.arange(len(given)), np.where(right, 0, 1)] = 1.0
    return float(np.mean(np.log(np.exp(given).sum(1)) - given[:, 0]))


@pytest.mark.parametrize("num_classes", [3, 10, 100, 1000])
def test_held_out_loss_and_accuracy_tell_a_softmax_taken_twice(num_classes: int) -> None:
    floor = of_probabilities(num_classes, 0.95, np.random.default_rng(0))
    loss = saturating(math.log(num_classes), floor + 0.01)
    right = saturating(1 / num_classes, 0.95)
    found = loss_at_softmax_floor.find(judged(loss, right))
    assert found is not None
    assert found.numbers["classes"] == pytest.approx(num_classes, rel=0.1)
    assert found.evidence[0].startswith("eval/loss ends at")


FLOOR_OF_SIX = math.log(math.e + 5) - 0.97


@pytest.mark.parametrize(
    ("loss", "right"),
    [
        (saturating(1.79, 0.1), saturating(0.17, 0.97)),  # sound
        (saturating(1.79, 0.43), saturating(0.17, 0.97)),  # labels smoothed by 0.1
        (saturating(1.79, 1.3), saturating(0.17, 0.6)),  # noise: as a calibrated model
        (np.linspace(1.79, FLOOR_OF_SIX, 40), saturating(0.17, 0.97)),  # passes
        (np.where(ROWS == 5, 0.9, saturating(1.79, FLOOR_OF_SIX)), saturating(0.17, 0.97)),  # under
    ],
)
def test_what_is_no_softmax_taken_twice(loss: Array, right: Array) -> None:
    assert loss_at_softmax_floor.find(judged(loss, right)) is None


def test_a_label_of_some_classes_is_answered_always() -> None:
    loss = saturating(1.5, 0.6)
    assert common_label_answered.find(judged(loss, np.full(40, 0.83))) is not None


@pytest.mark.parametrize(
    ("loss", "right"),
    [
        (saturating(1.5, 0.1), np.full(40, 0.83)),  # the rest is known
        (saturating(1.5, 1.2), np.full(40, 0.83)),  # not sure of it
        (np.full(40, 0.6), np.full(40, 0.83)),  # nothing moves
        (saturating(1.5, 0.6), np.minimum(saturating(0.2, 0.9, 0.07), 0.83)),  # rises to it
        (saturating(1.5, 1.38), np.full(40, 0.25)),  # one answer among even classes
        (saturating(1.5, 0.6), saturating(0.7, 0.83)),  # moves
    ],
)
def test_what_is_no_label_answered_always(loss: Array, right: Array) -> None:
    assert common_label_answered.find(judged(loss, right)) is None


def huber(error: Array) -> Array:
    size = np.abs(error)
    return np.where(size <= 1, size**2 / 2, size - 0.5)


def of_targets(cost: float, held_out: float | Array | None) -> Run:
    loss = cost * (1 + 0.03 * np.random.default_rng(1).standard_normal(40))
    if held_out is None:
        return made({"loss": loss})
    return made({"loss": loss, "eval/loss": Series(AT, np.broadcast_to(held_out, AT.shape) * 1.0)})


@pytest.mark.parametrize(
    ("cost", "name"),
    [(np.abs, "absolute error"), (huber, "Huber's loss")],
    ids=["absolute", "huber"],
)
def test_other_losses_of_the_mean_of_normal_targets(cost: np.ufunc, name: str) -> None:
    of_mean = float(np.mean(cost(np.random.default_rng(0).standard_normal(1_000_000))))
    assert of_mean == pytest.approx(loss_at_unit_variance.OF_NORMAL[name], rel=0.005)
    found = loss_at_unit_variance.find(of_targets(of_mean, 1.02 * of_mean))
    assert found is not None
    assert name in found.evidence[0]
    falling = np.linspace(1.05, 0.95, 10)
    for held_out in (None, 0.85 * of_mean, of_mean * falling):
        assert loss_at_unit_variance.find(of_targets(of_mean, held_out)) is None
    high = of_targets(of_mean, of_mean)
    begun = np.where(ROWS <= 3, 1.4 * of_mean, high.signals["loss"].value)
    assert (
        loss_at_unit_variance.find(made({"loss": begun, "eval/loss": high.signals["eval/loss"]}))
        is None
    )


def beside(loss: Array, held_out: Array) -> Run:
    return made({"loss": Series(ROWS, loss), "eval/loss": Series(AT, held_out[3::4])})


CREEPS = 0.6931 - 0.02 * ROWS / 40


def test_an_accuracy_says_whether_the_first_loss_is_chance() -> None:
    run = beside(math.log(5) - 0.04 * ROWS / 40, math.log(5) + 0.01 * ROWS / 40)
    assert eval_rises_from_chance.find(run) is None, "a loss of 1.61 may be anything"
    for right, is_chance in ((0.22, True), (0.6, False)):
        signals = {**run.signals, "eval/accuracy": Series(AT, np.full(10, right))}
        assert (eval_rises_from_chance.find(made(signals)) is not None) == is_chance


def test_two_classes_need_no_accuracy() -> None:
    assert eval_rises_from_chance.find(beside(CREEPS, 0.6931 + 0.01 * ROWS / 40)) is not None


@pytest.mark.parametrize(
    ("loss", "held_out"),
    [
        (saturating(0.69, 0.1), 0.4 + 0.02 * np.abs(ROWS - 12)),  # overfits
        (saturating(0.69, 0.1, 0.5), 0.7 + 0.1 * ROWS),  # of another kind
        (CREEPS, CREEPS),  # learns, slowly
        (0.0 * ROWS + 0.6931, 0.6931 + 0.001 * ROWS),  # learns nothing
        (0.55 - 0.01 * ROWS, 0.55 + 0.01 * ROWS),  # stands for no number of classes
    ],
)
def test_what_does_not_rise_from_chance(loss: Array, held_out: Array) -> None:
    assert eval_rises_from_chance.find(beside(loss, held_out)) is None
