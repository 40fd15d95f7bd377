"""A column of the inputs is almost the target.

Told at complete sets of tables: the closest correlation, without its sign, of
a column with the target. Seen where its median over at least five sets is .95
or more. The last value of a slow series comes as close to the next one.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "column-is-the-target"
NEEDS = {"column_near_target": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.005
NEAR = 0.95


def find(run: Run) -> Finding | None:
    """Return how close a column comes to the target."""
    told = run.signals["column_near_target"].finite()
    near = float(np.median(told.value))
    if len(told) < NEEDS["column_near_target"] or near < NEAR:
        return None
    window = (float(told.step[0]), float(told.step[-1]))
    sentence = f"A column of the inputs has a correlation of {number(near)} with the target."
    return Finding(ID, window[0], window, 1.0, (sentence,), {"correlation": near})
