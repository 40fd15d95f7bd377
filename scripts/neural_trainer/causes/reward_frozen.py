"""The reward does not move at all.

Looks like: exactly the same reward at every point, over many episodes.

Why: every episode ends in the same way: a reward that the agent never meets, a
policy without exploration, an action that has no effect, a reward that is
clipped or not passed on.

Not to be confused with: a reward at its floor for a part of the run, as in
sparse tasks, which varies a little and lifts off in the end.

Settled by: one episode played by random actions: is its reward another? The
entropy of the policy.

Fix: make the reward reachable (a curriculum, shaping by a potential), check
that actions reach the environment, raise the exploration.

Sources: Ng, Harada and Russell 1999, ICML (shaping by a potential keeps the
optimal policy).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "reward-frozen"
ISSUE = "The reward does not move at all"
CONFIRM = "One episode of random actions: does its reward differ?"
SETTING = "reinforcement"
PRIOR = 0.01
EXPECTS = {
    "reward-frozen": 0.98,
    "reward-never-moves": 0.8,
    "parameters-barely-move": 0.3,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the check of the environment, then the exploration."""
    return (
        words(
            "Play one episode with random actions and print its rewards.",
            "Tells an environment that gives no other reward from an agent that finds none.",
            quick=True,
        ),
        words(
            "Make the reward reachable: an easier start, or shaping by a potential.",
            "The reward of some episodes differs, which is all that learning needs.",
        ),
    )
