"""The runs differ by chance alone.

Looks like: a difference between two runs that is no larger than between two
seeds of the same run.

Why: initialisation, order of data and kernels are random; single runs are
samples.

Not to be confused with: an effect that is real and small.

Settled by: three seeds of each, compared.

Fix: compare over seeds, with an interval.

Sources: Bouthillier et al. 2021, arXiv:2103.03098 (accounting for variance).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "seed-noise"
ISSUE = "The runs differ by chance alone"
CONFIRM = "Three seeds of each run: neural-trainer compare."
SETTING = "several runs"
PRIOR = 0.001
EXPECTS: dict[str, float] = {}  # one run cannot show it


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Run at least three seeds of each and compare them: neural-trainer compare.",
            "The interval of the difference says whether there is one.",
        ),
    )
