"""The loss goes up and down by several times from one row to the next.

In 5 to 25 rows of the training loss more than a third of the steps are by 2.5
times or more, up as well as down (a sixth each at least), and the last third is
not under a tenth of the first: each step of the optimizer throws the model to the
other side. In a long log the losses of single examples scatter as far; a row
there is one batch of few. Where the rows are epochs, or stand for more than a
step each, the scatter of single batches is averaged away: full strength; else 0.6.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-bounces"
NEEDS = {"loss": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.005
MOST_ROWS = 25
TIMES = 2.5
OFTEN, EACH_WAY = 1 / 3, 1 / 6  # of the steps
LEFT = 0.1
OF_STEPS = 0.6


def find(run: Run) -> Finding | None:
    """Return how often the loss leaps up and down."""
    part = training_loss(run)
    if part is None:
        return None
    loss = part.series.finite()
    if not NEEDS["loss"] <= len(loss) <= MOST_ROWS or float(loss.value.min()) <= 0:
        return None
    leaps = np.diff(np.log(loss.value)) / np.log(TIMES)
    ups, downs = int(np.sum(leaps >= 1)), int(np.sum(leaps <= -1))
    third = max(1, len(loss) // 3)
    went = float(np.median(loss.value[-third:]) / np.median(loss.value[:third]))
    if ups + downs <= OFTEN * len(leaps) or min(ups, downs) < EACH_WAY * len(leaps) or went < LEFT:
        return None
    begin, end = float(loss.step[0]), float(loss.step[-1])
    sentence = (
        f"{part.name} leaps by {number(TIMES)} times or more at {ups + downs} of {len(leaps)} "
        f"rows, {ups} times up and {downs} times down."
    )
    whole = run.axis == "epoch" or float(np.median(np.diff(loss.step))) > 1
    return Finding(
        ID, begin, (begin, end), 1.0 if whole else OF_STEPS, (sentence,),
        {"leaps": float(ups + downs), "rows": float(len(leaps))},
    )  # fmt: skip
