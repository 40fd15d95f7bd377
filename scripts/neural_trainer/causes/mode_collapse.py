"""The generator makes the same few samples.

Looks like: the variety of samples falls, the discriminator's loss goes to
nothing or swings, the generator's grows.

Why: the generator finds a few answers that pass and stays with them; a
discriminator that is much stronger leaves it no gradient.

Not to be confused with: losses of a healthy game, which need not fall; a small
set of data.

Settled by: the pairwise distance of a batch of samples; how many modes or
classes they cover.

Fix: a lower rate for the generator or two time scales, spectral norm, a
gradient penalty, minibatch statistics.

Sources: Goodfellow 2016, arXiv:1701.00160; Miyato et al. 2018,
arXiv:1802.05957; Heusel et al. 2017, arXiv:1706.08500.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "mode-collapse"
ISSUE = "The generator makes the same few samples"
CONFIRM = "The pairwise distance within a batch of samples, beside that of real data."
SETTING = "any"
PRIOR = 0.004
EXPECTS = {
    "outputs-narrow": 0.5,
    "samples-grow-alike": 0.8,
    "discriminator-wins": 0.4,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Use spectral norm in the discriminator and a lower learning rate for the generator "
            "than for it (two time scales).",
            "The variety of samples stays near that of the data.",
        ),
        words(
            "Add a gradient penalty, or minibatch statistics, to the discriminator.",
            "A batch of equal samples is told at once.",
        ),
    )
