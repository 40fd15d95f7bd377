"""ReLU units are dead: no input makes them fire.

Looks like: a loss that stands, mostly at that of a guess, from the start or
from some step on; the gradient of a layer, and of all before it, is exactly
zero.

Why: once a unit's input is negative for every example its slope is zero and
nothing brings it back. One step too large, or a bias far below zero, does it.

Not to be confused with: gradients-vanishing (small, not zero, and smaller from
layer to layer); parameters-frozen; lr-too-high, which is what often kills
them: look whether they died at a step or were made dead.

Settled by: the share of units of each layer that are above zero for no example
of a batch.

Fix: where they died in training, a lower learning rate or a warm-up; where
they were dead from the start, biases of zero and He initialisation. LeakyReLU
or GELU lets a dead unit come back.

Sources: Maas et al. 2013, ICML workshop (leaky rectifiers); Lu et al. 2019,
arXiv:1903.06733 (dying ReLU and initialisation).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "relus-dead"
ISSUE = "ReLU units are dead: no input makes them fire"
CONFIRM = "The share of each layer's units that are above zero for no example of a batch."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "units-dead": 0.95,
    "loss-not-falling": 0.5,
    "loss-at-chance": 0.4,
    "loss-plateau": 0.4,
    "loss-diverging": 0.1,
    "unstable-at-peak-lr": 0.3,
    "early-instability": 0.1,
    "loss-spike": 0.1,
    "gradient-gone": 0.6,
    "accuracy-constant": 0.4,
    "loss-held-high": 0.5,
    "parameters-barely-move": 0.3,
    "parameters-only-shrink": 0.15,
}
LATE = 0.02  # of the run: units that were made dead are so at the first measured steps


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what keeps units alive: by when they died."""
    alive = "No layer has a gradient of exactly zero, and the loss falls."
    dead = findings.get("units-dead")
    lower = words(
        "Lower the learning rate to a third and warm up to it.",
        "The units are alive past the step at which they died.",
    )
    remade = words(
        "Set the biases to zero and initialise with torch.nn.init.kaiming_normal_.", alive
    )
    leaky = words("Use LeakyReLU or GELU in place of ReLU.", alive)
    if dead is not None and dead.step > LATE * run.last_step:
        return (lower, leaky)
    return (remade, leaky, lower)
