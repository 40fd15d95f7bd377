"""The loss rests at the entropy of labels that are wrong at random.

Where a part of the labels is drawn at random among K > 2 classes, the best that
a model can do is to be right with probability A and to give all other classes
the same odds: accuracy and cross-entropy, both in training or both held out, come
to rest at A and -A ln A - (1 - A) ln((1 - A) / (K - 1)). A sound model that is as
often wrong confuses few classes with each other, and stands lower.

K is what the first loss stands for, exp of it. The end of the loss lies within
6 % of that entropy: a tenth of the classes more or less moves it by 3 % or 4, and
the rest is left to noise. A is 0.9 at most (nearer to 1 sound runs that are not
sure enough lie there too), and a quarter of the way from 1 / K to 1 at least (under
that ln K is as near). In the last third the loss falls or rises by a
tenth, at most, of what it has fallen from ln K: on its way from unsure answers
any loss passes there. And a held-out loss still moves, by 0.01 % in its last third:
one that is the same number again and again has stopped learning wherever it was.
The accuracy has moved as well, by 2 % of itself over the run: it comes to rest.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import tail
from neural_trainer.symptoms.correctness import (
    LARGEST,
    accuracy,
    calibrated_loss,
    last,
    lately_fallen,
)
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-at-noise-entropy"
NEEDS = {"loss": 8, "any accuracy": 4}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
NEAR = 0.06  # share of the entropy
MOST_RIGHT, LEARNT = 0.9, 0.25
RESTS = 0.1  # share of the fall from ln K
MOVES, ROSE = 1e-4, 0.02  # shares of the level


def find(run: Run) -> Finding | None:
    """Return that loss and accuracy rest where random labels let them."""
    part = training_loss(run)
    if part is None:
        return None
    loss = part.series.finite()
    if not math.log(2.5) < float(loss.value[0]) < LARGEST:
        return None
    classes = round(math.exp(float(loss.value[0])))
    held_out = run.get("eval/loss")
    if held_out is not None and _is_still(held_out.finite()):
        return None
    for name, judged, of in (
        (part.name, part.series, "accuracy"),
        ("eval/loss", held_out, "eval/accuracy"),
    ):
        right = accuracy(run, of)
        if judged is None or right is None:
            continue
        series = judged.finite()
        if min(len(series), len(right)) < NEEDS["any accuracy"]:
            continue
        end, share = last(series), last(right)
        entropy = calibrated_loss(share, classes)
        if (
            1 / classes + LEARNT * (1 - 1 / classes) <= share <= MOST_RIGHT
            and np.ptp(right.value) >= ROSE * share
            and abs(end / entropy - 1) <= NEAR
            and abs(lately_fallen(series)) <= RESTS * (math.log(classes) - end)
        ):
            begin = float(series.step[-len(tail(series.value, 1 / 3))])
            sentence = (
                f"{name} rests at {number(end)} from {at(run, begin)} on, with an accuracy of "
                f"{number(share)}: labels of {classes} classes that are wrong at random as often "
                f"cost {number(entropy)}."
            )
            return Finding(
                ID, begin, (begin, float(series.step[-1])), 1.0, (sentence,),
                {"loss": end, "entropy": entropy, "accuracy": share},
            )  # fmt: skip
    return None


def _is_still(held_out: Series) -> bool:
    """Tell whether the last third of three or more evaluations gives the same number."""
    late = tail(held_out.value, 1 / 3)
    return len(late) > 2 and float(np.ptp(late)) <= MOVES * abs(last(held_out))
