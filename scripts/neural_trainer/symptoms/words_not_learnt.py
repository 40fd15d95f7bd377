"""A language model's loss stands above what it is worth to know how often each word occurs.

A language model is a run whose log holds a perplexity alone, or one that is exp of the loss beside
it (most of its logarithms within 2 % of that). A thousand steps are taken; over their last half the
loss lies above ln 962, neither it nor a held-out loss sinks by 1 % of its level from the first half
of that to the second, and the learning rate does not rise. On the Wall Street Journal a table of
how often each word occurs has a perplexity of 962, one of pairs of words 170 (Jurafsky and Martin,
Speech and Language Processing, 3rd edition, chapter 3); the thousand steps leave room for a stand
at the former on the way.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, tail
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "words-not-learnt"
NEEDS = {"loss": 8, "any perplexity": 1}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
BLOCKS = 200
FREQUENCIES = math.log(962)  # nats a word
STEPS = 1000
SINKS = 0.01  # share of the level
OF_LOSS = 0.02  # of the logarithm of the perplexity, from the loss


def find(run: Run) -> Finding | None:
    """Return that a language model has learnt no more than which words are frequent, if so."""
    part = training_loss(run)
    if part is None or run.axis != "step":
        return None
    if part.name not in ("ln perplexity", "ln eval/perplexity") and not _is_of_words(run):
        return None
    course = blocks(part.series.finite(), BLOCKS)
    if len(course) < NEEDS["loss"] or course.step[-1] < STEPS:
        return None
    late = tail(course.value, 0.5)
    level, began, end = median(late), float(course.step[-len(late)]), float(course.step[-1])
    held_out, rate = (_from(run, name, began) for name in ("eval/loss", "lr"))
    if level < FREQUENCIES or any(map(_sinks, (late, held_out, -rate))):
        return None
    sentence = (
        f"{part.name} stands at {number(level)} from {at(run, began)} on, a perplexity of "
        f"{math.exp(level):,.0f}; how often each word occurs is worth some 1,000."
    )
    numbers = {"level": level, "perplexity": math.exp(level)}
    return Finding(ID, began, (began, end), 1.0, (sentence,), numbers)


def _is_of_words(run: Run) -> bool:
    """Tell whether a perplexity is logged that is exp of the loss beside it."""
    for prefix in ("", "eval/"):
        loss, perplexity = run.get(f"{prefix}loss"), run.get(f"{prefix}perplexity")
        if loss is None or perplexity is None:
            continue
        told = perplexity.where(np.isfinite(perplexity.value) & (perplexity.value > 0))
        beside = np.array([loss.at(step) for step in told.step[-BLOCKS:]])
        off = np.abs(np.log(told.value[-BLOCKS:]) - beside)
        if len(off) and (off < OF_LOSS * np.abs(beside)).mean() > 0.5:
            return True
    return False


def _from(run: Run, name: str, began: float) -> Array:
    """Return the finite values of a signal from a step on, none where it is not logged."""
    series = run.get(name)
    if series is None:
        return np.empty(0)
    return series.where((series.step >= began) & np.isfinite(series.value)).value


def _sinks(values: Array) -> bool:
    """Tell whether the second half lies lower than the first."""
    half = len(values) // 2
    if not half:
        return False
    first = median(values[:half])
    return first - median(values[half:]) > SINKS * abs(first)
