"""The policy lost what it had learnt.

Looks like: the reward rises, falls back most of the way and stays down; often
the entropy is near zero by then, or the divergence from the sampling policy
grew.

Why: updates too large for the data that they rest on (learning rate, epochs
per rollout, no stop on the divergence), or a policy that stopped exploring.

Not to be confused with: a dip that is made good; a harder level of the
environment; an evaluation with few episodes.

Settled by: entropy, divergence and clipped fraction before the fall; the same
run with a stop on the divergence.

Fix: stop the epochs of an update when the divergence passes its target; a
lower or annealed learning rate; an entropy bonus; keep the best checkpoint.

Sources: Schulman et al. 2017, arXiv:1707.06347; Andrychowicz et al. 2020,
arXiv:2006.05990.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "policy-collapse"
ISSUE = "The policy lost what it had learnt"
CONFIRM = "Entropy, KL divergence and clipped fraction in the updates before the fall."
SETTING = "reinforcement"
PRIOR = 0.02
EXPECTS = {
    "reward-collapsed": 0.95,
    "samples-grow-alike": 0.6,
    "parameters-barely-move": 0.08,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return smaller and better guarded updates."""
    return (
        words(
            "Stop the epochs of an update when the KL divergence passes its target (target_kl).",
            "The reward no longer falls back after a large update.",
        ),
        words(
            "Lower the learning rate or anneal it to zero, and keep the best checkpoint.",
            "Later updates change the policy less.",
        ),
    )
