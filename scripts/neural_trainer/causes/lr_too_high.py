"""The learning rate is too high.

Looks like: the loss falls at first, turns and rises for good, often while a
warm-up is still raising the learning rate or at its peak; the gradient norm
grows before or with it; in the end a plateau near the loss of a model that
ignores its input, or NaN.

Why: a step of gradient descent overshoots once the learning rate exceeds 2
over the sharpness of the loss; a network meets it at the learning rate's peak,
where the step is largest.

Not to be confused with: warmup-missing (unstable in the first steps only, the
same peak is fine when reached slowly); bad-batch (one spike that no learning
rate explains and that heals); zero-grad-missing and
accumulation-not-normalised (the same curve, but successive gradients are
almost parallel).

Settled by: the same run at a tenth of the peak; successive gradients that are
not parallel.

Fix: lower the peak to a tenth of the learning rate at which the loss had made
nearly all of its gain before it turned, and warm up to it; then refine by
factors of three.

Sources: Smith 2015, arXiv:1506.01186 (the range test); fastai documentation,
callback.schedule, lr_find; Cohen et al. 2021, arXiv:2103.00065 (edge of
stability); Wortsman et al. 2023, arXiv:2309.14322 (instabilities at high
learning rates in small models).
"""

from __future__ import annotations

import numpy as np

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.signals.course import smooth
from neural_trainer.symptoms import Findings
from neural_trainer.symptoms.roles import training_loss

ID = "lr-too-high"
ISSUE = "The learning rate is too high"
CONFIRM = "The same run with the peak learning rate at a tenth: the loss no longer turns."
SETTING = "any"
PRIOR = 0.08
EXPECTS = {
    "loss-at-clamp": 0.05,
    "loss-nonfinite": 0.2,
    "nonfinite-after-climb": 0.85,
    "nonfinite-sudden": 0.15,
    "nonfinite-as-lr-rises": 0.4,
    "loss-diverging": 0.45,
    "loss-spike": 0.2,
    "early-instability": 0.3,
    "unstable-at-peak-lr": 0.7,
    "loss-follows-lr": 0.5,
    "loss-at-chance": 0.1,
    "loss-plateau": 0.5,
    "loss-not-falling": 0.1,
    "gradients-exploding": 0.3,
    "lr-starts-high": 0.4,
    "layer-gradients-exploding": 0.2,
    "updates-large": 0.2,
    "units-dead": 0.01,
    "attention-logits-grow": 0.01,
    "param-norm-inflates": 0.5,
    "parameters-leap": 0.7,
    "loss-recoils-to-chance": 0.4,
    "eval-loss-jumps": 0.4,
    "gradient-gone": 0.2,
    "grad-norm-falls-far": 0.3,
    "first-loss-high": 0.3,
    "loss-held-high": 0.3,
    "rate-large-for-adam": 0.4,
    "loss-above-any-guess": 0.1,
    "words-not-learnt": 0.2,
    "progress-as-lr-decays": 0.1,
    "gradient-dwarfs-parameters": 0.15,
    "never-right": 0.03,
    "loss-bounces": 0.15,
}
TURNS = ("unstable-at-peak-lr", "loss-follows-lr", "loss-diverging")
SHARE = 10.0  # that rate over the proposed peak, as in fastai's lr_find (minimum / 10)
NEARLY_ALL = 0.9  # of the gain until the loss turned


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the lower peak, from the learning rate at which the loss turned."""
    lr = run.get("lr")
    turned = next((f for f in findings.found if f.symptom in TURNS), None)
    gone_well = "The loss falls past the step where it turned, and the gradient norm stays level."
    clip = words(
        "Clip the gradient norm at about the 90th percentile of what it is in the healthy part.",
        "A rare large gradient no longer moves the weights far; it does not cure the peak.",
    )
    if lr is None or turned is None or not (lr.finite().value > 0).any():
        return (
            words(
                "Lower the peak learning rate to a tenth, then refine by factors of three.",
                gone_well,
            ),
            clip,
        )
    lower = float(f"{_still_good(run, turned.window[0]) / SHARE:.1g}")
    return (Fix({"config": {"optimizer.lr": lower}}, gone_well), clip)


def _still_good(run: Run, turned: float) -> float:
    """Return the learning rate at which the loss had made nearly all of its gain before `turned`.

    From there to the turn a higher rate bought nothing.
    """
    part, lr = training_loss(run), run.signals["lr"].finite()
    lr = lr.where(lr.value > 0)
    before = lr.until(turned)
    highest = float((before if len(before) else lr).value.max())
    if part is None:
        return highest
    loss = part.series.finite().until(turned)
    if len(loss) < 3:
        return highest
    level = smooth(loss.value, 3)
    gain = float(level[0] - level.min())
    reached = int(np.argmax(level <= level[0] - NEARLY_ALL * gain))
    return min(highest, lr.at(float(loss.step[reached])))
