"""The learning rate rises and falls again and again, far more often than a plan
would.

Four rises or more that bring it back to within 20 % of its peak, of which the
rises last as long as the falls (within a factor of three): a cosine whose
half-period counts epochs and is stepped at each batch does this. Restarts rise
at once, so that rises are much shorter than falls; a one-cycle rate rises
once.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.phases import phases
from neural_trainer.symptoms.finding import Finding, number

ID = "lr-turns-often"
NEEDS = {"lr": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.003
RISES = 4
ALIKE = 3.0
HEIGHT = 0.8  # of the peak


def find(run: Run) -> Finding | None:
    """Return how often the learning rate comes back."""
    lr = run.signals["lr"].finite()
    found = phases(lr)
    peak = float(lr.value.max())
    rises = [p for p in found if p.kind == "rises" and lr.at(p.stop) >= HEIGHT * peak]
    falls = [p for p in found if p.kind == "falls"]
    if len(rises) < RISES or not falls:
        return None
    up = float(np.median([p.stop - p.start for p in rises]))
    down = float(np.median([p.stop - p.start for p in falls]))
    if not 1 / ALIKE <= up / down <= ALIKE:
        return None
    first, last = float(lr.step[0]), float(lr.step[-1])
    sentence = (
        f"lr rises {len(rises)} times back to {number(peak)}, over {number(up)} steps each, and "
        f"falls over {number(down)}."
    )
    return Finding(ID, first, (first, last), 1.0, (sentence,), {"rises": float(len(rises))})
