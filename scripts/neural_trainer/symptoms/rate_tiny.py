"""The learning rate is far below what anything is trained with.

Its peak is under 3e-6 where training starts from nothing, which the loss tells
by keeping more than half of its first level: large models are fine-tuned at
1e-6 and start from a loss that is nearly learnt. Under a reward it must not
have risen by six scatters; games of two networks start from nothing. Strength 0.5 at 3e-6, 1 from
3e-7 down.
"""

from __future__ import annotations

import math

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import first, last
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.parameters_barely_move import reward_risen
from neural_trainer.symptoms.roles import training_loss

ID = "rate-tiny"
NEEDS = {"lr": 5, "loss or reward": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
RATE = 3e-6
LEFT = 0.5


def find(run: Run) -> Finding | None:
    """Return the peak of a rate that is too small."""
    part = training_loss(run)
    lr = run.signals["lr"].finite()
    peak = float(lr.value.max()) if len(lr) else 0.0
    if not 0 < peak <= RATE or reward_risen(run):
        return None
    sentence = f"lr is {number(peak)} at most"
    if part is not None:
        loss = part.series.finite()
        if first(loss) <= 0 or last(loss) < LEFT * first(loss):
            return None
        sentence += f", and {part.name} keeps {number(last(loss))}"
    begin, end = float(lr.step[0]), float(lr.step[-1])
    strength = min(1.0, 0.5 + 0.5 * math.log10(RATE / peak))
    return Finding(ID, begin, (begin, end), strength, (f"{sentence}.",), {"lr": peak})
