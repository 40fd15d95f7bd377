"""The learning rate starts at its peak, without a warm-up.

Looks like: the loss or the gradient norm jumps within the first steps, far
above where it began, while the learning rate is at its highest from step 1;
later the run may recover, with loss lost.

Why: Adam's second moment is estimated from a handful of steps at first, so
that its early updates are as large as the learning rate allows, in every
direction at once; a fresh network is also sharpest at the start.

Not to be confused with: lr-too-high (the same rate, reached slowly, is
unstable too); a fine-tune at a small learning rate, which needs no warm-up.

Settled by: the same peak with a warm-up of about 2 / (1 - beta2) steps: the
early jump is gone.

Fix: warm up linearly over about 2 / (1 - beta2) steps: 2,000 for beta2 =
0.999, 40 for 0.95, and at most a tenth of the run.

Sources: Ma and Yarats 2019, arXiv:1910.04209 (the 2 / (1 - beta2) rule).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "warmup-missing"
ISSUE = "The learning rate starts at its peak, without a warm-up"
CONFIRM = "The same peak reached by a warm-up: the jump in the first steps is gone."
SETTING = "any"
PRIOR = 0.03
EXPECTS = {
    "early-instability": 0.85,
    "lr-starts-high": 0.98,
    "loss-spike": 0.3,
    "loss-diverging": 0.2,
    "loss-nonfinite": 0.1,
    "nonfinite-after-climb": 0.8,
    "nonfinite-sudden": 0.2,
    "unstable-at-peak-lr": 0.05,
    "parameters-leap": 0.5,
    "param-norm-inflates": 0.3,
    "loss-recoils-to-chance": 0.1,
    "words-not-learnt": 0.2,
}
RULE = 2.0  # warm-up steps x (1 - beta2), Ma and Yarats 2019


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return a warm-up by the rule of 2 / (1 - beta2), at most a tenth of the run."""
    beta2 = 0.999
    optimizer = run.config.get("optimizer")
    betas = optimizer.get("betas") if isinstance(optimizer, dict) else None
    if isinstance(betas, (list, tuple)) and len(betas) == 2 and 0 < float(betas[1]) < 1:
        beta2 = float(betas[1])
    steps = int(max(1, min(round(RULE / (1 - beta2)), run.last_step // 10)))
    return (
        Fix(
            {"config": {"schedule.warmup_steps": steps}},
            "No jump in the first steps; the loss falls from the start.",
        ),
    )
