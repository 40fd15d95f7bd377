"""Tanh or sigmoid units stand at the ends of their range, where no gradient
passes.

Half or more of the modules of that kind, at least two, have three quarters of
their outputs within a hundredth of a bound, in three of four measured steps of
the last half. Healthy ones have up to 3 %. The last module of a kind is not
counted: a classifier that is sure, or a picture with a plain background, has
its output there with good reason.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.signals.course import tail
from neural_trainer.signals.levels import median, share
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.matrices import lasting_from, sound

ID = "units-saturated"
NEEDS = {"saturation": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
KINDS = ("tanh", "sigmoid")
SATURATED = 0.75  # share of a module's outputs
LASTING = 0.75  # share of the measured steps of the last half
OF_KIND = 0.5  # share of the modules of a kind


def find(run: Run) -> Finding | None:
    """Return the modules that are saturated."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["saturation"]:
        return None
    table = tail(layers.activations["saturated"], 0.5)
    lasting = share(table >= SATURATED, ~np.isnan(table)) >= LASTING
    for kind in KINDS:
        hidden = [i for i, module in enumerate(layers.modules) if module.kind == kind][:-1]
        at_bounds = [i for i in hidden if lasting[i]]
        if len(at_bounds) < max(2, OF_KIND * len(hidden)):
            continue
        level = median(table[:, at_bounds])
        whole = layers.activations["saturated"][:, at_bounds]
        began = float(layers.step[lasting_from(np.any(whole >= SATURATED, axis=1), LASTING)])
        worst = shown_name(layers.modules[at_bounds[int(np.argmax(level))]].name)
        sentence = (
            f"{len(at_bounds)} of {len(hidden)} {kind} modules have over "
            f"{number(100 * float(level.min()))} % of their outputs at a bound, most {worst} with "
            f"{number(100 * float(level.max()))} %."
        )
        return Finding(
            ID,
            began,
            (began, float(layers.step[-1])),
            1.0,
            (sentence,),
            {"modules": float(len(at_bounds))},
            tuple(layers.modules[i].name for i in at_bounds),
        )
    return None
