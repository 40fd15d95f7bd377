"""Which series of a run plays which part: the training loss, its held-out
twin, the reward …"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neural_trainer.runs.crash_text import PRINTED
from neural_trainer.runs.crashes import crash
from neural_trainer.runs.layers import Layers
from neural_trainer.runs.names import better
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run, Series


class Part(NamedTuple):
    """A series and the name it is spoken of by: a log's own as it may stand in a sentence."""

    name: str
    series: Series


class Pair(NamedTuple):
    """A training series and the held-out series of the same quantity, lower being better."""

    train: Part
    held_out: Part


def is_reinforcement(run: Run) -> bool:
    """Tell whether the run is judged by a reward: its losses need not fall."""
    return any(run.get(name) is not None for name in ("reward", "eval/reward"))


def is_adversarial(run: Run) -> bool:
    """Tell whether two networks play against each other: their losses need not fall.

    By the names of their losses, or by what one of them says of real data and of fake: `d_real`.
    """
    words = {word for name, _ in run.under("loss/") for word in _words(name)}
    told = NAMED["discriminator"] | {"real", "fake"}
    if words & NAMED["generator"] and words & told:
        return True
    of_judge = [_words(name) for name in run.signals if _words(name) & NAMED["discriminator"]]
    return all(any(kind in words for words in of_judge) for kind in ("real", "fake"))


def training_loss(run: Run) -> Part | None:
    """Return the loss that ought to fall: the whole, else the sum of its terms, else held out.

    Where a perplexity alone is logged, its logarithm. None where no loss ought to: reinforcement
    and adversarial learning.
    """
    if is_reinforcement(run) or is_adversarial(run):
        return None
    whole = run.get("loss")
    if whole is not None:
        return Part("loss", whole)
    terms = [series for _, series in run.under("loss/")]
    if terms and all(np.array_equal(terms[0].step, term.step) for term in terms):
        total = Series(terms[0].step, np.sum([term.value for term in terms], axis=0))
        return Part("the sum of the loss terms", total)
    for name in ("eval/loss", "perplexity", "eval/perplexity"):
        series = run.get(name)
        if series is not None:
            return Part(name, series) if name == "eval/loss" else _logarithm(name, series)
    return None


def _logarithm(name: str, perplexity: Series) -> Part:
    value = np.where(perplexity.value > 0, perplexity.value, np.nan)
    return Part(f"ln {name}", Series(perplexity.step, np.log(value)))


def losses(run: Run) -> list[Part]:
    """Return every loss of the run, whole and in terms, training and held out."""
    return [
        Part(shown_name(name), series)
        for name, series in sorted(run.signals.items())
        if len(series) and name.removeprefix("eval/").partition("/")[0] == "loss"
    ]


def held_out_pairs(run: Run) -> list[Pair]:
    """Return each loss that is logged both in training and on held-out data, finite points."""
    if is_reinforcement(run) or is_adversarial(run):
        return []
    pairs = []
    for name, series in run.under("loss"):
        held_out = run.get(f"eval/{name}")
        if held_out is not None:
            train = Part(shown_name(name), series.finite())
            pairs.append(Pair(train, Part(shown_name(f"eval/{name}"), held_out.finite())))
    return pairs


def held_out_metrics(run: Run) -> list[Part]:
    """Return what is measured on held-out data and ought to rise; of a reward nothing."""
    if is_reinforcement(run):
        return []
    return [
        Part(shown_name(name), series)
        for name, series in sorted(run.signals.items())
        if name.startswith(("eval/", "test/")) and better(name) == "higher" and len(series)
    ]


def reward(run: Run) -> Part | None:
    """Return the reward that ought to rise, in training where logged, else in evaluation.

    One that is a constant in training, as what CartPole pays for a step, tells nothing where
    another is logged.
    """
    logged = [(name, run.get(name)) for name in ("reward", "eval/reward")]
    found = [Part(name, series) for name, series in logged if series is not None]
    varied = (part for part in found if len(part.series) and np.ptp(part.series.value) != 0)
    return next(varied, found[0] if found else None)


def is_paid_by_the_step(run: Run, value: float) -> bool:
    """Tell whether a reward that is always `value` is one for each step, of episodes that last."""
    length = run.get("episode_length")
    return value != 0 and length is not None and bool(np.ptp(length.finite().value) > 0)


def _rows_of(layers: Layers, *statistics: str) -> int:
    """Return in how many rows one of `statistics` was measured of any module."""
    measured = [~np.isnan(layers.activations[name]).all(axis=1) for name in statistics]
    return int(np.any(measured, axis=0).sum()) if layers.modules else 0


def error_rates(run: Run) -> list[Part]:
    """Return every word or character error rate, in training and held out, finite points."""
    return [
        Part(shown_name(name), series.finite())
        for name, series in sorted(run.signals.items())
        if len(series.finite()) and _words(name) & ERROR_RATES
    ]


def memories(run: Run) -> list[Part]:
    """Return every signal of memory in use, of the process and of devices."""
    return [
        Part(shown_name(name), series)
        for name, series in sorted(run.signals.items())
        if len(series) and _words(name) & MEMORY and not _words(name) & {"peak", "max", "total"}
    ]


def largest_of_batches(run: Run) -> list[tuple[str, Series]]:
    """Return the largest magnitudes in the batches of a run, as "inputs" and "targets"."""
    inputs = [("inputs", series) for _, series in run.under("input_max")]
    return inputs + [("targets", series) for _, series in run.under("target_max")]


def about(run: Run, words: frozenset[str]) -> list[Part]:
    """Return the signals of whose name `words` holds a word, by name."""
    return [
        Part(shown_name(name), series)
        for name, series in sorted(run.signals.items())
        if len(series) and _words(name) & words and not name.startswith(OF_PASSES)
    ]


@lru_cache(maxsize=4096)  # a run under watch is asked about the same names at each judgement
def _words(name: str) -> frozenset[str]:
    return frozenset(re.split(r"[^a-z]+", name.lower()))


NAMED = {
    "variety": frozenset(
        {"diversity", "coverage", "modes", "distinct", "unique", "entropy", "variety", "spread"}
    ),
    "old task": frozenset(
        {"old", "source", "previous", "prev", "pretrain", "pretrained", "pretraining", "retain",
         "retained", "base", "general", "original", "upstream"}
    ),
    "repeats": frozenset(
        {"repeat", "repeats", "repeated", "repetition", "repetitions", "rep", "duplicates",
         "duplicate"}
    ),
    "generator": frozenset({"g", "gen", "generator"}),
    "discriminator": frozenset({"d", "disc", "discriminator", "critic"}),
    "spread of an output": frozenset({"std", "variance", "var", "stddev"}),
}  # fmt: skip
"""Roles that are played by every signal whose name holds one of these words."""
OF_PASSES = ("input_", "output_")  # measured by the Monitor, whatever a model's parts are called
ERROR_RATES = frozenset({"wer", "cer"})
MEMORY = frozenset({"memory", "mem", "rss", "vram"})
LAYER_ROLES: dict[str, Callable[[Layers], int]] = {
    "layers": len,
    "saturation": lambda layers: _rows_of(layers, "saturated"),
    "attention logits": lambda layers: _rows_of(layers, "max_logit"),
}
"""What of a run's layers a symptom may need: how many rows of it there are."""


def _role(run: Run, role: str) -> int:
    """Return how many finite points the run has for `role`."""
    if role == "loss":
        part = training_loss(run)
    elif role == "reward":
        part = reward(run)
    elif role == "adversarial loss":
        playing = losses(run) if is_adversarial(run) else []
        return max((len(part.series.finite()) for part in playing), default=0)
    elif role == "two loss terms":
        counted = sorted(len(series.finite()) for _, series in run.under("loss/"))
        return counted[-2] if len(counted) > 1 else 0
    elif role == "loss or reward":
        return max(_role(run, name) for name in ("loss", "reward", "adversarial loss"))
    elif role == "held-out metric":
        return max((len(part.series.finite()) for part in held_out_metrics(run)), default=0)
    elif role == "any accuracy":
        return max(_role(run, name) for name in ("accuracy", "eval/accuracy"))
    elif role == "accuracy or error rate":
        rates = max((len(part.series) for part in error_rates(run)), default=0)
        return max(rates, _role(run, "any accuracy"))
    elif role == "any perplexity":
        return max(_role(run, name) for name in ("perplexity", "eval/perplexity"))
    elif role == "any loss":
        return sum(len(part.series) for part in losses(run)) or _role(run, "loss")
    elif role == "memory":
        return max((len(part.series) for part in memories(run)), default=0)
    elif role in NAMED:
        return max((len(part.series) for part in about(run, NAMED[role])), default=0)
    elif role == "contrast of a part's output":
        return max((len(series) for _, series in run.under("output_contrast/")), default=0)
    elif role == "largest of a batch":
        return max((len(series) for _, series in largest_of_batches(run)), default=0)
    elif role == "printed text":
        return int(run.format in PRINTED or crash(run) is not None)
    elif role in LAYER_ROLES:
        return 0 if run.layers is None else LAYER_ROLES[role](run.layers)
    elif role == "eval/loss":
        return max((len(pair.held_out.series) for pair in held_out_pairs(run)), default=0)
    else:
        series = run.get(role)
        part = None if series is None else Part(role, series)
    return 0 if part is None else int(np.isfinite(part.series.value).sum())


def missing(run: Run, needs: Mapping[str, int], known: dict[str, int] | None = None) -> str:
    """Say what of `needs` (role -> fewest points) the run lacks; empty where nothing.

    known: the points of roles that were counted before, which is added to.
    """
    points = {} if known is None else known
    lacks = []
    for role, fewest in needs.items():
        if role not in points:
            points[role] = _role(run, role)
        if points[role] == 0 and fewest > 0:
            lacks.append(f"needs {role}")
        elif points[role] < fewest:
            lacks.append(f"needs {fewest} points of {role}, has {points[role]}")
    return "; ".join(lacks)
