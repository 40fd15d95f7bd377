"""Attention sees the very element that it is asked for.

Told at complete sets of a model whose targets are its inputs one element
later: the share of positions that see the next one, of the attention that
sees fewest. A causal mask leaves none. Seen where half of the positions do in
nine tenths of at least three sets. A prefix that may be seen whole is short.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "attends-ahead"
NEEDS = {"future_seen": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
SEES = 0.5  # share of positions
SHARE = 0.9  # of the sets


def find(run: Run) -> Finding | None:
    """Return the share of positions that see their target."""
    told = run.signals["future_seen"].finite()
    if len(told) < NEEDS["future_seen"] or np.mean(told.value > SEES) < SHARE:
        return None
    window = (float(told.step[0]), float(told.step[-1]))
    seen = float(np.median(told.value))
    sentence = (
        f"Targets are the inputs one element later, and {number(100 * seen)} % of the positions "
        "attend to the element that they are to predict."
    )
    return Finding(ID, window[0], window, 1.0, (sentence,), {"positions": seen})
