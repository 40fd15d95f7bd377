"""The parameters hardly move while the loss is far from learnt.

All changes of the parameters' norm add up to less than 2 % of it over the
run, and to more than nothing, while the loss keeps at least 0.3 of what it
began with (of a loss above zero). Embeddings and a careful rate leave little
more, so that the strength grows with what is lacking: from 0 at 2 % to 1 at
0.2 %. A fine-tune that starts converged moves as little, and its loss has
nowhere to go: where the loss does not fall at all by six scatters, it is the
half, and from 0.2 % to 0.02 %. One that fell and then stood, its second half
without a tenth of the gain, or that shows loss-plateau, has come to its floor
and does not count. Where no loss ought to fall the parameters alone tell, at
0.7 of the strength: in a game of two networks always, under a reward unless it has
risen by six scatters, as under the tiny rates that language models are tuned
with.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import blocks, head, tail
from neural_trainer.signals.motion import moves
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms import loss_plateau
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.parameters_unmoved import STILL
from neural_trainer.symptoms.roles import reward, training_loss

ID = "parameters-barely-move"
NEEDS = {"param_norm": 8, "loss or reward": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
PATH = 0.02  # of the norm
UNFALLEN = 0.1  # of PATH, where the loss does not fall at all
LEAST = 0.1  # strength that is told
LEFT = 0.3  # of the loss
SCATTERS = 6.0
STOOD = 0.1  # of the gain, in the second half


def find(run: Run) -> Finding | None:
    """Return how far the parameters moved in all."""
    part = training_loss(run)
    norm = run.signals["param_norm"].finite()
    if len(norm) < NEEDS["param_norm"]:
        return None
    moved, _ = moves(norm, None)
    path = float(moved.sum())
    if part is None:
        return _without_loss(run, norm, path) if STILL * len(moved) < path < PATH else None
    course = blocks(part.series.finite(), 100)
    first, last = (
        float(np.median(head(course.value, 0.1))),
        float(np.median(tail(course.value, 0.1))),
    )
    if not STILL * len(moved) < path < PATH or first <= 0 or last < LEFT * first:
        return None
    fell = first - last > SCATTERS * scatter(course.value) / np.sqrt(3)
    strength = _lacking(path) if fell else 0.5 * _lacking(path / UNFALLEN)
    if strength < LEAST:
        return None
    middle = float(np.median(course.value[len(course) // 2 :][: max(2, len(course) // 10)]))
    if fell and (middle - last < STOOD * (first - last) or loss_plateau.find(run) is not None):
        return None
    begin, end = float(norm.step[0]), float(norm.step[-1])
    sentence = (
        f"The norm of the parameters moves by {number(100 * path)} % in all, while {part.name} "
        f"goes from {number(first)} to {number(last)}."
    )
    return Finding(ID, begin, (begin, end), strength, (sentence,), {"path": path})


def _lacking(path: float) -> float:
    """Return 0 for a path of PATH to 1 for a tenth of it and less."""
    return float(np.clip(math.log10(PATH / path), 0.0, 1.0))


def _without_loss(run: Run, norm: Series, path: float) -> Finding | None:
    """Return that the parameters move by `path` where a reward, if any, has not risen."""
    strength = 0.7 * _lacking(path)
    if strength < LEAST or reward_risen(run):
        return None
    begin, end = float(norm.step[0]), float(norm.step[-1])
    sentence = f"The norm of the parameters moves by {number(100 * path)} % in all."
    return Finding(ID, begin, (begin, end), strength, (sentence,), {"path": path})


def reward_risen(run: Run) -> bool:
    """Tell whether a reward is logged and has risen by six scatters."""
    part = reward(run)
    if part is None:
        return False
    course = blocks(part.series.finite(), 100).value
    rise = float(np.median(tail(course, 0.1)) - np.median(head(course, 0.1)))
    return rise > SCATTERS * scatter(course) / math.sqrt(3)
