"""The discriminator tells real from made nearly always, and the generator loses.

In the last half the discriminator's loss is under 15 % of its first level, or
its accuracy over 0.97, and the generator's loss is at least 1.8 times its
first level. Apart, either happens in healthy runs.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import tail
from neural_trainer.symptoms.correctness import first
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import NAMED, about

ID = "discriminator-wins"
NEEDS = {"generator": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
LOST, LEFT = 1.8, 0.15


def find(run: Run) -> Finding | None:
    """Return that the discriminator has won."""
    made = [p for p in about(run, NAMED["generator"]) if "loss" in p.name.lower()]
    told = [p for p in about(run, NAMED["discriminator"]) if "loss" in p.name.lower()]
    if not made or not told:
        return None
    generator, discriminator = made[0].series.finite(), told[0].series.finite()
    if min(len(generator), len(discriminator)) < NEEDS["generator"]:
        return None
    lost = float(np.median(tail(generator.value, 0.5))) / max(first(generator), 1e-12)
    left = float(np.median(tail(discriminator.value, 0.5))) / max(first(discriminator), 1e-12)
    if lost < LOST or not 0 <= left < LEFT:
        return None
    begin, end = float(generator.step[len(generator) // 2]), float(generator.step[-1])
    sentence = (
        f"{told[0].name} comes down to {number(100 * left)} % of its first level and "
        f"{made[0].name} rises to {number(lost)} times its own (medians of the last half)."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"lost": lost, "left": left})
