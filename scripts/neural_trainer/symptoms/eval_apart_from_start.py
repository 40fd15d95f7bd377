"""The held-out loss is above the training loss by one factor from the start.

In at least four evaluations, the first included, held-out over training loss
is 1.3 or more, or under 0.6, and does not drift: its deviation is under a
fifth of its median, and the last third is within a quarter of the first.
Overfitting drifts; dropout lifts training, not held-out. A loss that is summed
in one place and averaged in the other, or held-out data of another kind, stands
apart at once. The strength grows with the logarithm of the factor, to 1 at five
times or a fifth: dropout and other data may halve or double a loss.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import smooth
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-apart-from-start"
NEEDS = {"eval/loss": 4, "loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
ABOVE, BELOW = 1.3, 0.6
STEADY = 0.2
DRIFT = 0.25
SURE = 5.0  # times


def find(run: Run) -> Finding | None:
    """Return the factor between held-out and training loss."""
    for pair in held_out_pairs(run):
        train, held_out = pair.train.series, pair.held_out.series
        if len(train) < NEEDS["loss"] or len(held_out) < NEEDS["eval/loss"]:
            continue
        at = np.maximum(np.searchsorted(train.step, held_out.step, side="right") - 1, 0)
        level = smooth(train.value, 3)[at]
        if float(level.min()) <= 0 or float(held_out.value.min()) <= 0:
            continue
        ratio = held_out.value / level
        typical = float(np.median(ratio))
        if not 0 < typical < np.inf:  # losses of 1e308
            continue
        third = max(1, len(ratio) // 3)
        drift = abs(float(np.median(ratio[-third:]) / np.median(ratio[:third])) - 1)
        if BELOW < typical < ABOVE or deviation(ratio) > STEADY * typical or drift > DRIFT:
            continue
        if BELOW < ratio[0] < ABOVE:
            continue
        begin, end = float(held_out.step[0]), float(held_out.step[-1])
        sentence = (
            f"{pair.held_out.name} is {number(typical)} times {pair.train.name} from the first "
            f"evaluation to the last ({number(float(ratio[0]))}, {number(float(ratio[-1]))})."
        )
        strength = min(1.0, abs(float(np.log(typical))) / float(np.log(SURE)))
        return Finding(ID, begin, (begin, end), strength, (sentence,), {"times": typical})
    return None
