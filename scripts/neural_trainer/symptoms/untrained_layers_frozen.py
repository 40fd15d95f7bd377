"""Layers are frozen that nothing has ever trained.

Told once, at the tenth step: the share of the model's matrices that are
frozen and lie exactly as one of the usual initialisations draws them, with
its bound or its deviation. What was trained before and is kept as it was does
not lie so. Seen from 3 % of all elements on; not looked for where LoRA is at
work, which freezes all else.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "untrained-layers-frozen"
NEEDS = {"frozen_untrained": 1}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
SHARE = 0.03  # of the elements


def find(run: Run) -> Finding | None:
    """Return the share of weights that stay as they were drawn."""
    layers = run.layers
    if layers is not None and any(p.kind == "lora" for p in layers.parameters):
        return None
    told = run.signals["frozen_untrained"].finite()
    share = float(told.value[-1])
    if share < SHARE:
        return None
    step, last = float(told.step[-1]), float(run.last_step)
    sentence = (
        f"{number(100 * share)} % of the weights in matrices are frozen and lie as an "
        "initialisation draws them: nothing has trained them."
    )
    return Finding(ID, step, (step, last), 1.0, (sentence,), {"share": share})
