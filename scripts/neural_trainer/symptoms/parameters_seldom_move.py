"""The parameters move now and then, and stand still in between.

The norm of the parameters stays the same to 1e-9 of itself in a fifth of the
intervals of the log or more, the first tenth left out, and moves in between,
at least three times: an optimizer that steps at each batch moves it in every
one. Intervals with a learning rate of zero do not count, nor does a norm of
fewer than six figures. A log of every step shows gradient accumulation the
same way, which is no fault: so moves do not count that come at equal
gaps of at most 32 steps.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.motion import figures, moves
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.parameters_unmoved import FIGURES, STILL

ID = "parameters-seldom-move"
NEEDS = {"param_norm": 12}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
SHARE = 0.2
FEWEST = 3  # moves
LASTING = 0.9  # of the intervals stand: then it is parameters-unmoved
ACCUMULATED = 32  # steps: gaps up to this, all alike, are gradient accumulation


def find(run: Run) -> Finding | None:
    """Return that the parameters stand still in between."""
    norm = run.signals["param_norm"].finite()
    if figures(norm.value) < FIGURES:
        return None
    moved, rate = moves(norm, run.get("lr"))
    skipped = max(1, len(moved) // 10)
    moved, rate = moved[skipped:], rate[skipped:]
    still = (moved <= STILL) & ~(rate == 0)
    judged = ~(rate == 0)
    num_moves = int((judged & ~still).sum())
    share = float(still.sum() / max(1, judged.sum()))
    if num_moves < FEWEST or not SHARE <= share < LASTING:
        return None
    gaps = np.diff(norm.step[1 + skipped :][judged & ~still])
    if len(gaps) and gaps.max() <= ACCUMULATED and np.ptp(gaps) == 0:
        return None
    first, last = float(norm.step[skipped]), float(norm.step[-1])
    sentence = (
        f"The norm of the parameters stays exactly the same in {number(100 * share)} % of the "
        f"intervals of the log and moves in {num_moves}."
    )
    return Finding(ID, first, (first, last), 1.0, (sentence,), {"share_still": share})
