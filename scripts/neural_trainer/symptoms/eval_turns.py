"""The held-out loss improved, turned and is clearly worse at the end.

Its best level lies a tenth or more under that of the first evaluation and is
neither among the first nor the last tenth of at least six evaluations; the end
is a tenth of that best level above it, by three scatters, and keeps seven tenths of
the highest rise: another loss from some step on, or a harder stretch, leaps and
falls again. Data of another kind, or with wrong labels, is never better than at
first.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, smooth, tail
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-turns"
NEEDS = {"eval/loss": 6}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
IMPROVED, WORSE = 0.1, 0.1
KEPT = 0.7  # of the highest rise
SCATTERS = 3.0


def find(run: Run) -> Finding | None:
    """Return where the held-out loss turned."""
    for pair in held_out_pairs(run):
        held_out = blocks(pair.held_out.series, 100)
        if len(held_out) < NEEDS["eval/loss"]:
            continue
        level = smooth(held_out.value, 3)
        low = int(np.argmin(level))
        first, best = float(held_out.value[0]), float(level[low])
        end = float(np.median(tail(held_out.value, 0.2)))
        if best <= 0 or best > (1 - IMPROVED) * first or low > 0.9 * (len(level) - 1):
            continue
        if end < (1 + WORSE) * best or end - best < SCATTERS * scatter(held_out.value):
            continue
        if end - best < KEPT * (float(level[low:].max()) - best):
            continue
        step, stop = float(held_out.step[low]), float(held_out.step[-1])
        sentence = (
            f"{pair.held_out.name} falls from {number(first)} to {number(best)} at "
            f"{at(run, step)} and is {number(end)} at the end."
        )
        return Finding(
            ID, step, (step, stop), min(1.0, 0.4 + 2 * (end / best - 1)), (sentence,),
            {"best": best, "end": end},
        )  # fmt: skip
    return None
