"""The processes of a distributed run hold different models.

Looks like: gradient norms or losses of the ranks drift apart; held-out figures
depend on the rank.

Why: parameters changed outside of what is synchronised, a different seed at
initialisation without a broadcast, a rank that skips a step, unused
parameters.

Not to be confused with: data that differs between ranks, as it should;
clipping per rank.

Settled by: a checksum of the parameters on each rank.

Fix: broadcast from rank 0; step on all ranks or on none.

Sources: PyTorch documentation, DistributedDataParallel, Internal design; Jiang
et al. 2025, TrainCheck.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "ranks-out-of-sync"
ISSUE = "The processes of a distributed run hold different models"
CONFIRM = "A checksum of the parameters on each rank: they must be equal."
SETTING = "any"
PRIOR = 0.002
EXPECTS = {
    "loss-diverging": 0.05,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Compare a checksum of the parameters on all ranks at intervals, broadcast them from "
            "rank 0, and let every rank take or skip a step alike.",
            "The checksums agree.",
        ),
    )
