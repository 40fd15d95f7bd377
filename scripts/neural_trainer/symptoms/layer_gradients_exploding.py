"""The gradient of single layers grew far beyond what it was in this run, or
stopped being finite.

Each trained weight matrix is compared with itself, in decades: the median of the
last tenth of the measured steps against the stretch from 5 % to 60 %. It counts
from a factor of 20 and six robust deviations of that stretch. Twenty, because a
run holds hundreds of layers and healthy ones grow up to fifty-fold when the loss
leaves a plateau; for that reason it counts only where the loss is no lower at the
end than in that stretch, and fewer held-out answers are right. Where a reward or
an adversary sets the scale nothing is said. Non-finite gradients count where they
make up 5 % of the measured steps after the first tenth and of the last third, as
a loss scaler settles with a few in the beginning; steps at which the loss itself
was not finite are left out.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.layers import Layers
from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.course import blocks, tail
from neural_trainer.signals.levels import decades, deviation, median
from neural_trainer.symptoms.correctness import accuracy
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.matrices import matrices, named, names, sound
from neural_trainer.symptoms.roles import is_adversarial, is_reinforcement, training_loss

ID = "layer-gradients-exploding"
NEEDS = {"layers": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
FACTOR = 20.0
DEVIATIONS = 6.0
NONFINITE = 0.05  # share of the measured steps
FEWEST_EVALUATIONS = 5


def find(run: Run) -> Finding | None:
    """Return the layers whose gradient grew, or was lost, and where it began."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["layers"]:
        return None
    return _nonfinite(run, layers) or _grown(run, layers)


def _nonfinite(run: Run, layers: Layers) -> Finding | None:
    settled = layers.where(np.arange(len(layers)) >= len(layers) // 10)
    broken = np.asarray(np.nan_to_num(settled.gradients["grad_nonfinite"]) > 0)
    rows = np.asarray(broken.any(axis=1))
    if rows.mean() < NONFINITE or tail(rows, 1 / 3).mean() < NONFINITE:
        return None
    step = float(settled.step[int(np.argmax(rows))])
    first = np.flatnonzero(broken[int(np.argmax(rows))])
    sentence = (
        f"The gradient is not finite at {int(rows.sum())} of {len(rows)} measured steps from "
        f"{at(run, step)} on, there in {named(settled, first)}."
    )
    numbers = {"share_nonfinite": float(rows.mean()), "layers": float(broken.any(axis=0).sum())}
    return Finding(
        ID,
        step,
        (step, float(settled.step[-1])),
        1.0,
        (sentence,),
        numbers,
        names(settled, np.flatnonzero(broken.any(axis=0))),
    )


def _grown(run: Run, layers: Layers) -> Finding | None:
    columns = matrices(layers)
    if len(columns) == 0 or is_reinforcement(run) or is_adversarial(run) or _still_gains(run):
        return None
    level = decades(layers.gradients["grad_norm"][:, columns])
    usual = level[round(0.05 * len(level)) : round(0.6 * len(level))]
    now, then = median(tail(level, 0.1)), median(usual)
    needed = np.maximum(np.log10(FACTOR), DEVIATIONS * deviation(usual))
    grown = np.flatnonzero(now - then >= needed)
    if len(grown) == 0:
        return None
    most = grown[np.argsort(then[grown] - now[grown], kind="stable")]
    onset = _onset(level[:, most[0]], float(now[most[0]] + then[most[0]]) / 2)
    step = float(layers.step[onset])
    sentence = (
        f"The gradient of {len(grown)} of {len(columns)} weight matrices grew from {at(run, step)} "
        f"on, most in {named(layers, columns[most[:1]])}: {number(10 ** now[most[0]])} at the end, "
        f"{number(10 ** (now[most[0]] - then[most[0]]))} times that of before."
    )
    numbers = {"layers": float(len(grown)), "factor": float(10 ** (now[most[0]] - then[most[0]]))}
    return Finding(
        ID,
        step,
        (step, float(layers.step[-1])),
        1.0,
        (sentence,),
        numbers,
        names(layers, columns[grown]),
    )


def _onset(level: Array, middle: float) -> int:
    """Return the row after the last one before the last tenth that lies under `middle`."""
    before = level[: len(level) - len(tail(level, 0.1))]
    below = np.flatnonzero(before <= middle)
    return int(below[-1]) + 1 if len(below) else 0


def _still_gains(run: Run) -> bool:
    """Tell whether the loss is lower at the end than in the stretch that is compared with.

    Or as many held-out examples are answered rightly as ever: then the loss itself was changed.
    """
    right = accuracy(run, "eval/accuracy")
    if right is not None and len(right) >= FEWEST_EVALUATIONS:
        begun = right.value[: round(0.6 * len(right))]
        if float(np.median(right.value[-3:])) >= float(begun.max()):
            return True
    part = training_loss(run)
    if part is None or len(part.series.finite()) < NEEDS["layers"]:
        return False
    level = blocks(part.series.finite(), 200).value
    stretch = level[round(0.05 * len(level)) : round(0.6 * len(level))]
    return float(np.median(tail(level, 0.1))) < float(np.median(stretch))
