"""Are training and held-out data of one kind?

Of floating inputs: the means over all values must lie within half a standard deviation, and the
standard deviations within a factor of 1.5, unless the samples are too few to tell (the difference
is within 5 standard errors over samples). Of tokens and labels: the total variation distance of
their counts must be below 0.3, or below three times that of two halves of the training data.
"""

from __future__ import annotations

import math
from collections import Counter

import torch

from neural_trainer.inspect.checks.data_look import Look, countable
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject

ID = "shift"
MEANS, STDS, ERRORS = 0.5, 1.5, 5.0
DISTANCE, HALVES = 0.3, 3.0
FEWEST = 500  # values of which counts tell something


def check(subject: Subject) -> Outcome:
    """Compare means, spreads and counts of both splits."""
    train, held_out = subject.train, subject.held_out
    if held_out is None:
        return NotCheckable("the case has no eval_batches")
    told: list[str] = []
    numbers: dict[str, float] = {}
    for part in train.means.keys() & held_out.means.keys():
        found = _apart(part or "inputs", train, held_out, part, numbers)
        if isinstance(found, Failed):
            return found
        told.append(found)
    for what, ours, theirs in (
        ("tokens", train.tokens, held_out.tokens),
        ("labels", Counter(countable(train.labels)), Counter(countable(held_out.labels))),
    ):
        if min(ours.total(), theirs.total()) < FEWEST:
            continue
        distance = total_variation(ours, theirs)
        numbers[f"{what}_distance"] = distance
        told.append(f"counts of {what} {distance:.2f} apart")
        if distance >= max(DISTANCE, HALVES * expected_distance(ours, theirs)):
            return _failed(f"the counts of {what} lie {distance:.2f} apart (0 to 1)", numbers)
    if not told:
        return NotCheckable("no inputs of numbers, and fewer than 500 tokens or labels in a split")
    return Passed(f"held-out against training: {'; '.join(told)}", numbers)


def total_variation(ours: Counter[int], theirs: Counter[int]) -> float:
    """Return half the summed difference of shares, from 0 (alike) to 1.

    >>> total_variation(Counter({1: 1, 2: 1}), Counter({1: 2}))
    0.5
    """
    a, b = ours.total(), theirs.total()
    return sum(abs(ours[key] / a - theirs[key] / b) for key in ours.keys() | theirs.keys()) / 2


def expected_distance(ours: Counter[int], theirs: Counter[int]) -> float:
    """Return about how far apart counts of one distribution lie by chance.

    Half the sum over values of the mean absolute deviation of a share, sqrt(2 p / (pi n)).
    """
    both = ours + theirs
    total = both.total()
    rate = 1 / ours.total() + 1 / theirs.total()
    return sum(math.sqrt(2 * count / total * rate / math.pi) for count in both.values()) / 2


def _apart(
    name: str, train: Look, held_out: Look, part: str, numbers: dict[str, float]
) -> Failed | str:
    ours, theirs = (torch.cat(look.means[part]) for look in (train, held_out))
    mean, spread = _whole(train, part)
    other, other_spread = _whole(held_out, part)
    if not spread > 0:
        return f"{name} constant"
    gap = abs(other - mean)
    errors = math.sqrt(_variance(ours) / len(ours) + _variance(theirs) / len(theirs))
    ratio = other_spread / spread
    numbers[f"{name}_gap"], numbers[f"{name}_ratio"] = gap / spread, ratio
    told = f"{name} mean {other:.3g} against {mean:.3g}, sd {other_spread:.3g} against {spread:.3g}"
    if gap > MEANS * spread and gap > ERRORS * errors:
        return _failed(told, numbers)
    widths = torch.cat(train.stds[part]), torch.cat(held_out.stds[part])
    error = math.sqrt(sum(_variance(w) / len(w) for w in widths)) + errors
    if not 1 / STDS <= ratio <= STDS and abs(other_spread - spread) > ERRORS * error:
        return _failed(told, numbers)
    return told


def _whole(look: Look, part: str) -> tuple[float, float]:
    means, stds = torch.cat(look.means[part]).double(), torch.cat(look.stds[part]).double()
    return float(means.mean()), math.sqrt(float(stds.square().mean() + means.var(correction=0)))


def _variance(values: torch.Tensor) -> float:
    return float(values.double().var(correction=1)) if len(values) > 1 else math.inf


def _failed(told: str, numbers: dict[str, float]) -> Failed:
    return Failed(
        f"held-out data is of another kind: {told}", "train-val-mismatch",
        "prepare both splits by one function, with statistics of the training data", numbers,
    )  # fmt: skip
