"""The held-out loss jumps up and down between evaluations.

It is measured on the same examples each time, so that it moves only as far as
the model does. Here its second differences scatter by a tenth of its level or
more, in the last two thirds of at least eight evaluations.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import tail
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-loss-jumps"
NEEDS = {"eval/loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
SCATTER = 0.1  # of the level
SECOND = float(np.sqrt(6.0))  # deviation of second differences over that of the noise


def find(run: Run) -> Finding | None:
    """Return how far the held-out loss jumps."""
    for pair in held_out_pairs(run):
        late = tail(pair.held_out.series.value, 2 / 3)
        if len(late) < 5:
            continue
        level = abs(float(np.median(late)))
        noise = deviation(np.diff(late, 2)) / SECOND
        if level == 0 or noise < SCATTER * level:
            continue
        step = pair.held_out.series.step
        first, last = float(step[-len(late)]), float(step[-1])
        sentence = (
            f"{pair.held_out.name} jumps by {number(100 * noise / level)} % of its level from one "
            f"evaluation to the next (median {number(level)})."
        )
        return Finding(
            ID, first, (first, last), min(1.0, 0.4 + noise / level), (sentence,),
            {"noise": noise / level},
        )  # fmt: skip
    return None
