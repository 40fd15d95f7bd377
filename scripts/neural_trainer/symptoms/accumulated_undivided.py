"""Losses of several batches add up in one step, each counted in full.

Told at complete sets by a loss of torch's that is called once in each pass of
the model: how much its values count in what goes backward, 1 in all where each
is divided by their number. Seen where three or more count for nine tenths of
themselves in nine tenths of at least three sets. Not where networks play
against each other, whose losses are of different samples.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import is_adversarial, is_reinforcement

ID = "accumulated-undivided"
NEEDS = {"criterion_weight": 3, "criterion_calls": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
LEAST = 3  # calls
WHOLE = 0.9  # of each
SHARE = 0.9  # of the sets


def find(run: Run) -> Finding | None:
    """Return how many losses are added up."""
    weight = run.signals["criterion_weight"].finite()
    calls = run.signals["criterion_calls"].finite()
    if is_adversarial(run) or is_reinforcement(run) or len(weight) != len(calls):
        return None
    undivided = (calls.value >= LEAST) & (weight.value >= WHOLE * calls.value)
    if len(weight) < NEEDS["criterion_weight"] or undivided.mean() < SHARE:
        return None
    window = (float(weight.step[0]), float(weight.step[-1]))
    num, sum_ = float(np.median(calls.value)), float(np.median(weight.value))
    sentence = (
        f"{number(num)} losses are added up in a step, and count {number(sum_)} times in all "
        "where their mean counts once."
    )
    return Finding(ID, window[0], window, 1.0, (sentence,), {"losses": num, "weight": sum_})
