"""The loss stands where a softmax taken twice lets it come.

Probabilities fed to a cross-entropy as if they were logits lie in [0, 1]: a
sure and right answer among K costs ln(e + K - 1) - 1, a sure and wrong one 1
more. So at an accuracy of A, both in training or both held out, the loss comes
to lie at ln(e + K - 1) - A or just above: from 2 % under it, for noise, to 15 %
of the way from there back to ln K, for answers that are not sure yet. No loss of
the run is ever under what a right answer costs (by more than 3 %).

K is the whole number that the first loss stands for, exp of it, or up to a
tenth more where that was a mean over steps that had learnt. Where accuracy is
low, any calibrated model stands there too: what one that is right as often loses
at most must be less than 1 / 1.4 of it, and the accuracy at least a quarter of the
way from 1 / K to 1. A loss on its way down passes there: in its last third this
one falls by a tenth, at most, of what it has fallen from ln K. Labels smoothed by
0.2 between two classes look the same.
"""

from __future__ import annotations

import math

from neural_trainer.runs.run import Run, Series
from neural_trainer.symptoms.correctness import (
    LARGEST,
    accuracy,
    calibrated_loss,
    last,
    lately_fallen,
)
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-at-softmax-floor"
NEEDS = {"loss": 8, "any accuracy": 4}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
UNDER = 0.02  # share of the bound
BACK = 0.15  # share of the way from the bound to ln K
BELOW = 0.03  # share of the floor
MORE_CLASSES = 0.1
APART = 1.4
SURE = 0.25
FALLING = 0.1  # share of the fall from ln K


def find(run: Run) -> Finding | None:
    """Return the number of classes whose floor the loss stands at."""
    part = training_loss(run)
    if part is None:
        return None
    loss = part.series.finite()
    if not 0 < float(loss.value[0]) < LARGEST:
        return None
    told = math.exp(float(loss.value[0]))
    held_out = run.get("eval/loss")
    of_eval = Series(loss.step[:0], loss.value[:0]) if held_out is None else held_out.finite()
    low = min(float(series.value.min()) for series in (loss, of_eval) if len(series))
    for name, judged, of in (
        (part.name, loss, "accuracy"),
        ("eval/loss", of_eval, "eval/accuracy"),
    ):
        right = accuracy(run, of)
        if right is None or min(len(judged), len(right)) < NEEDS["any accuracy"]:
            continue
        end, share = last(judged), last(right)
        if not 0 < end < LARGEST:
            continue
        classes = _classes(told, end + share)
        floor, bound = math.log(math.e + classes - 1) - 1, math.log(math.e + classes - 1) - share
        if (
            _lies(end, bound, classes)
            and share >= 1 / classes + SURE * (1 - 1 / classes)
            and bound >= APART * calibrated_loss(share, classes)
            and low >= (1 - BELOW) * floor
            and lately_fallen(judged) <= FALLING * (math.log(classes) - end)
        ):
            begin = float(judged.step[int(0.8 * len(judged))])
            sentence = (
                f"{name} ends at {number(end)} with an accuracy of {number(share)}: a softmax "
                f"taken twice among {classes} classes comes to {number(bound)}, and cannot "
                f"pass {number(floor)}."
            )
            return Finding(
                ID, begin, (begin, float(judged.step[-1])), 1.0, (sentence,),
                {"classes": float(classes), "floor": floor, "loss": end},
            )  # fmt: skip
    return None


def _classes(told: float, of_bound: float) -> int:
    """Return the classes, of those that the first loss allows, whose bound is the nearest."""
    fewest, most = max(2, round(told)), max(2, round((1 + MORE_CLASSES) * told))
    return min(max(round(math.exp(of_bound) - math.e + 1), fewest), most)


def _lies(loss: float, bound: float, classes: int) -> bool:
    """Tell whether `loss` lies at `bound`, or so far above it as answers not yet sure put it."""
    chance = math.log(classes)
    return (1 - UNDER) * bound <= loss <= bound + BACK * (chance - bound)
