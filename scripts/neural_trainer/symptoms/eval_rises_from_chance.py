"""The held-out loss is never better than chance, and rises, while training creeps
under it.

Chance is ln K for the whole number K that the first training loss stands for
within 5 %, where the first accuracy, held out or in training, is no more than a
quarter of the way from 1 / K to 1. Where none is logged only the numbers of
classes of the common data sets count (as in loss-at-chance), within 2 %: a
fine-tuned model may begin near ln K for some K and know much.

The held-out loss begins within 5 % of chance, is never more than 2 % under it
(labels of uneven shares are guessed for less than ln K), and rises over the run,
by three standard errors of its slope or more, to end above it. The training loss
falls by four, and ends at least half a per cent under chance, by learning single
samples by heart.

Overfitting learns something that holds first, so that its held-out loss has been
far under chance. Where held-out data are of another kind, training learns well
from the start: here it is still within 7 % of chance by the first evaluation.
"""

from __future__ import annotations

import math

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, slope
from neural_trainer.symptoms.correctness import LARGEST, accuracy, last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.loss_at_chance import USUAL
from neural_trainer.symptoms.roles import Pair, held_out_pairs

ID = "eval-rises-from-chance"
NEEDS = {"eval/loss": 4, "loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
STANDS_FOR, ALONE = 0.05, 0.02  # shares of ln K, with an accuracy and without
BEGINS, AT_FIRST, BETTER, UNDER = 0.05, 0.07, 0.02, 0.005  # shares of chance
KNOWS = 0.25
RISES, FALLS = 3.0, -4.0  # standard errors


def find(run: Run) -> Finding | None:
    """Return that what is learnt holds for no held-out data."""
    for pair in held_out_pairs(run):
        train, held_out = pair.train.series, pair.held_out.series
        if len(train) < NEEDS["loss"] or len(held_out) < NEEDS["eval/loss"]:
            continue
        classes = _classes(run, float(train.value[0]))
        if classes is None or not _rises(pair, math.log(classes)):
            continue
        begin, end = float(held_out.step[0]), float(held_out.step[-1])
        sentence = (
            f"{pair.held_out.name} is {number(float(held_out.value[0]))} at {at(run, begin)} and "
            f"{number(float(held_out.value[-1]))} at the end, never better than equal odds for "
            f"{classes} classes ({number(math.log(classes))}), while {pair.train.name} creeps from "
            f"{number(float(train.value[0]))} to {number(last(train))}."
        )
        numbers = {"classes": float(classes), "lowest": float(held_out.value.min())}
        return Finding(ID, begin, (begin, end), 1.0, (sentence,), numbers)
    return None


def _classes(run: Run, first: float) -> int | None:
    """Return for how many classes the first training loss is chance; None where it is not."""
    if not 0 < first < LARGEST:
        return None
    classes = max(2, round(math.exp(first)))
    off = abs(first / math.log(classes) - 1)
    right = accuracy(run, "eval/accuracy", "accuracy")
    if right is None:
        return classes if classes in USUAL and off <= ALONE else None
    guesses = float(right.value[0]) <= 1 / classes + KNOWS * (1 - 1 / classes)
    return classes if guesses and off <= STANDS_FOR else None


def _rises(pair: Pair, chance: float) -> bool:
    train, held_out = pair.train.series, pair.held_out.series
    begin = float(held_out.value[0])
    before = train.until(float(held_out.step[0]))
    if abs(begin / chance - 1) > BEGINS or float(held_out.value.min()) < (1 - BETTER) * chance:
        return False
    if len(before) and last(before) < (1 - AT_FIRST) * chance:
        return False
    course = blocks(train, 100)
    return (
        float(held_out.value[-1]) > chance
        and slope(held_out.step, held_out.value).z >= RISES
        and last(train) <= (1 - UNDER) * chance
        and slope(course.step, course.value).z <= FALLS
    )
