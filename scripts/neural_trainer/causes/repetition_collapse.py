"""The language model repeats itself.

Looks like: samples that loop, a rising share of repeated n-grams, a falling
entropy of what is predicted, at a loss that may look fine.

Why: repetitive data, a reward that likes length, too many epochs, greedy
decoding that falls into loops.

Not to be confused with: policy-collapse (under a reward); overfitting; a low
temperature.

Settled by: the share of distinct n-grams of samples at temperature 1.

Fix: remove duplicates from the data, fewer epochs, unlikelihood or an entropy
bonus, sampling in place of greedy decoding.

Sources: Holtzman et al. 2020, arXiv:1904.09751; Welleck et al. 2019,
arXiv:1908.04319; Lee et al. 2022, arXiv:2107.06499 (deduplication).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "repetition-collapse"
ISSUE = "The language model repeats itself"
CONFIRM = "The share of distinct n-grams in samples at temperature 1."
SETTING = "any"
PRIOR = 0.003
EXPECTS = {
    "repeats-grow": 0.7,
    "samples-grow-alike": 0.7,
    "eval-above-guess-at-first": 0.2,
    "eval-best-at-first": 0.2,
    "eval-left-behind": 0.6,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Remove duplicates from the training text, and train fewer epochs on it.",
            "The share of repeated n-grams comes down to that of the data.",
        ),
    )
