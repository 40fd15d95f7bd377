"""Layers that are to be trained are in no optimizer.

Told by the model and the optimizer alone, at the first measured step: some
trainable parameters are in no parameter group, while others are. It is left
alone where it may be meant: where the parameters left out are the first ones of
the model (only the upper part is trained), over a third of all (a second
optimizer that was not shown), split from others of their own module or a whole
kind of embeddings, norms or biases (an optimizer for matrices alone, such as
Muon), or where a reward or an adversary is at play.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.layers import Parameter
from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding
from neural_trainer.symptoms.matrices import named, names
from neural_trainer.symptoms.roles import is_adversarial, is_reinforcement

ID = "layers-outside-optimizer"
NEEDS = {"layers": 1}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
MOST = 1 / 3  # share of the trainable tensors
BY_KIND = ("embedding", "norm", "bias")


def find(run: Run) -> Finding | None:
    """Return the trainable layers that no optimizer holds."""
    layers = run.layers
    if layers is None or is_reinforcement(run) or is_adversarial(run):
        return None
    trainable = [i for i, p in enumerate(layers.parameters) if p.trainable]
    outside = [i for i in trainable if layers.parameters[i].group is None]
    if not outside or len(outside) > MOST * len(trainable) or outside == trainable[: len(outside)]:
        return None
    if _is_meant(
        [layers.parameters[i] for i in outside],
        [layers.parameters[i] for i in trainable if i not in set(outside)],
    ):
        return None
    sentence = (
        f"{len(outside)} of {len(trainable)} trainable tensors are in no optimizer, "
        f"{named(layers, np.array(outside))}."
    )
    step = float(layers.step[0])
    return Finding(
        ID, step, (step, float(layers.step[-1])), 1.0, (sentence,),
        {"layers": float(len(outside)), "of": float(len(trainable))},
        names(layers, outside),
    )  # fmt: skip


def _is_meant(outside: list[Parameter], inside: list[Parameter]) -> bool:
    """Tell whether the parameters are divided by kind, not by module."""
    modules = {p.name.rpartition(".")[0] for p in inside}
    if any(p.name.rpartition(".")[0] in modules for p in outside):
        return True
    kinds = {p.kind for p in inside}
    return any(p.kind in BY_KIND and p.kind not in kinds for p in outside)
