"""A loss is NaN or infinite.

Looks at every loss, whole and in terms, training and held out, and at nothing
else: a NaN in another metric may mean undefined, one in a loss does not. No
threshold: one such value counts. The strength falls to 0.7 where the loss is
finite again for most of what follows: the step was skipped or the batch was at
fault, and the run went on.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at
from neural_trainer.symptoms.roles import Part, losses

ID = "loss-nonfinite"
NEEDS: dict[str, int] = {}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
RECOVERED = 0.5  # share of later points that are finite: over it the run went on


def first_nonfinite(run: Run) -> tuple[Part, int] | None:
    """Return the loss that is non-finite first, and at which of its points; None if none is.

    At equal steps the whole training loss is named before a term or a held-out loss.
    """
    broken = []
    for part in losses(run):
        bad = ~np.isfinite(part.series.value)
        if bad.any():
            index = int(np.argmax(bad))
            rank = (float(part.series.step[index]), part.name != "loss", part.name)
            broken.append((rank, part, index))
    if not broken:
        return None
    _, part, index = min(broken, key=lambda item: item[0])
    return part, index


def find(run: Run) -> Finding | None:
    """Return the first loss that is not finite, and whether it ever came back."""
    first = first_nonfinite(run)
    if first is None:
        return None
    part, index = first
    step, value = part.series.step, part.series.value
    bad = ~np.isfinite(value)
    later_finite = float(np.mean(~bad[index:]))
    recovered = later_finite > RECOVERED
    kind = "NaN" if np.isnan(value[index]) else "infinite"
    sentence = f"{part.name} is {kind} at {at(run, step[index])}"
    if index == 0:
        sentence += ", the first that was logged"
    if bad[index:].all() and len(value) - index > 1:
        sentence += f" and at every one of the {len(value) - index - 1} points after it"
    elif recovered:
        sentence += f"; {int(bad.sum())} of {len(value)} points are, then it is finite again"
    return Finding(
        ID,
        float(step[index]),
        (float(step[index]), float(step[np.flatnonzero(bad)[-1]])),
        0.7 if recovered else 1.0,
        (sentence + ".",),
        {
            "points": float(bad.sum()),
            "share_after": 1.0 - later_finite,
            "from_start": float(index == 0),
        },
    )
