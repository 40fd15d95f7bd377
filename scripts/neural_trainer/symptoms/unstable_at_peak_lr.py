"""The trouble began while the learning rate was near its peak or still on its
way up.

Trouble is a divergence, an early instability, exploding gradients or a climb
to a non-finite loss. It says something only where the learning rate varied
before: by a factor of two at least. Near is at least 70 % of the highest value
logged until then.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.symptoms import (
    early_instability,
    gradients_exploding,
    loss_diverging,
    nonfinite_after_climb,
)
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import missing

ID = "unstable-at-peak-lr"
NEEDS = {"lr": 8, "loss": 12}
NEAR = 0.7  # share of the peak so far
VARIED = 2.0  # x between lowest and highest so far
TROUBLES = (loss_diverging, nonfinite_after_climb, gradients_exploding, early_instability)
GIVEN = tuple(trouble.ID for trouble in TROUBLES)
ALARM = False
BACKGROUND = 0.2


def find(run: Run) -> Finding | None:
    """Return where trouble and peak learning rate meet."""
    lr = run.get("lr")
    if lr is None:
        return None
    for trouble in TROUBLES:
        seen = trouble.find(run) if not missing(run, trouble.NEEDS) else None
        if seen is None:
            continue
        turned = seen.window[0] if trouble is loss_diverging else seen.step
        before = lr.until(turned).finite()
        now = lr.at(turned)
        if len(before) == 0 or now <= 0:
            continue
        peak, lowest = float(before.value.max()), float(before.value.min())
        if now < NEAR * peak or lowest * VARIED > peak:
            continue
        rising = float(lr.finite().value.max()) > 1.05 * now
        sentence = (
            f"At {at(run, turned)}, where the {seen.symptom} began, the learning rate was "
            f"{number(now)}, " + ("still rising." if rising else "at its highest.")
        )
        return Finding(ID, turned, (turned, turned), 1.0, (sentence,), {"lr": now, "peak": peak})
    return None
