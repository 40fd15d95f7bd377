"""The held-out accuracy is one number from early on, and the loss says that it is a
label's share.

Where the most common label is answered always, the accuracy is exactly its share
A, whatever else is learnt, and the held-out loss, which moves as the odds are
learnt, comes to stand near the entropy of that share. Here one value fills 60 % or
more of at least five evaluations, the first left out, and is met within the first
third of them: an accuracy that rises to where it stays has learnt something.
A lies half of the way from 1 / K to 1 or more, with K from the first loss: a model
that gives every input the same answer among even classes is right in 1 / K. In
these evaluations the loss moves by 2 % of its level, which one whose parameters
stand still does not, and is at its lowest between 0.75 times -A ln A - (1 - A)
ln(1 - A), the doubt about one rare class, and 1.3 times the same with the rest
spread over all others: a model that knows the rare ones stands under it, one that
is not sure yet above. (A quarter, since few held-out samples are rare.) In training,
where its accuracy is logged, at most half of the rare ones are right in the end.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import LARGEST, accuracy, calibrated_loss, last
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import training_loss

ID = "common-label-answered"
NEEDS = {"eval/loss": 5, "eval/accuracy": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.005
SHARE, BY = 0.6, 1 / 3  # of the evaluations
FAR = 0.5
MOVES = 0.02  # share of the level
LEAST, MOST = 0.75, 1.3
RARE_RIGHT = 0.5  # share


def find(run: Run) -> Finding | None:
    """Return the share of the label that is always answered."""
    part, right = training_loss(run), accuracy(run, "eval/accuracy")
    held_out = run.get("eval/loss")
    if part is None or right is None or held_out is None:
        return None
    first = float(part.series.finite().value[0])
    classes = max(2, round(math.exp(first))) if 0 < first < LARGEST else 2
    value, count = np.unique(right.value[1:], return_counts=True)
    most = int(np.argmax(count))
    share = float(value[most])
    same = right.value == share
    if count[most] < SHARE * count.sum() or np.argmax(same) > BY * len(right):
        return None
    if not 1 / classes + FAR * (1 - 1 / classes) <= share < 1:
        return None
    trained = accuracy(run, "accuracy")
    if trained is not None and last(trained) > share + RARE_RIGHT * (1 - share):
        return None
    loss = held_out.value[np.isin(held_out.step, right.step[same])]
    loss = loss[np.isfinite(loss)]
    least, entropy = calibrated_loss(share, 2), calibrated_loss(share, classes)
    if len(loss) < 3 or np.ptp(loss) < MOVES * np.median(loss):
        return None
    low = float(loss.min())
    if not LEAST * least <= low <= MOST * entropy:
        return None
    begin = float(right.step[same][0])
    sentence = (
        f"eval/accuracy is exactly {number(share)} in {int(count[most])} of {int(count.sum())} "
        f"evaluations while eval/loss moves, {number(low)} at best: always answering a label of "
        f"that share costs {number(least)} to {number(entropy)}."
    )
    return Finding(
        ID, begin, (begin, float(right.step[-1])), float(count[most] / count.sum()), (sentence,),
        {"share": share, "lowest": low},
    )  # fmt: skip
