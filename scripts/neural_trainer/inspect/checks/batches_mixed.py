"""Are the batches mixed: does one hold the labels that the whole does?

Sorted data gives batches of few classes, or of one part of a scale. Of labels, one a sample, the
entropy of the first batches is compared with that of batches drawn at random from all labels;
of targets of fractions, how the batches' means spread with how they would at random. Failed where
no draw of DRAWS came out so far off, and the entropy is under LITTLE of what was to be expected, or
the batches' means account for MOST of the variance: evenly sampled classes are no fault, and a
small departure does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from neural_trainer.inspect.checks.data_look import countable, target_of
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject

ID = "batches-mixed"
DRAWS, FEWEST_DRAWS = 1000, 50
MOST_CELLS = 5_000_000  # draws times classes: 40 MB
LITTLE = 0.7
MOST = 0.5
FEWEST = 4  # samples in a batch


def check(subject: Subject) -> Outcome:
    """Compare the first batches with such as are drawn at random."""
    found = [target_of(batch) for batch in subject.train.kept]
    if len(found) < 2 or not all(map(_one_a_sample, found)):
        return NotCheckable("no two batches with one target a sample")
    of_batches = [target.detach().flatten().cpu() for target in found]
    if min(map(len, of_batches)) < FEWEST:
        return NotCheckable(f"batches of fewer than {FEWEST} samples")
    if of_batches[0].is_floating_point():
        return _of_fractions([one.double() for one in of_batches])
    counts = countable(subject.train.labels)
    if len(counts) < 2:
        return NotCheckable("the targets are of one class, or more than are counted")
    return _of_labels(of_batches, counts)


def _one_a_sample(target: object) -> bool:
    return isinstance(target, Tensor) and target.ndim > 0 and target.numel() == len(target)


def _of_labels(of_batches: list[Tensor], counts: dict[int, int]) -> Outcome:
    num, share = len(of_batches), torch.tensor(list(counts.values()), dtype=torch.float64)
    num_draws = min(DRAWS, max(FEWEST_DRAWS, MOST_CELLS // len(share)))
    generator = torch.Generator().manual_seed(0)
    drawn = torch.zeros(num_draws, dtype=torch.float64)
    for one in of_batches:
        labels = torch.multinomial(share, num_draws * len(one), True, generator=generator)
        where = labels.view(num_draws, len(one)) + len(share) * torch.arange(num_draws)[:, None]
        times = torch.bincount(where.flatten(), minlength=num_draws * len(share))
        drawn += _entropy(times.view(num_draws, len(share)))
    found = sum(float(_entropy(torch.unique(one, return_counts=True)[1])) for one in of_batches)
    mean, expected = found / num, float(drawn.mean()) / num
    numbers = {"entropy": mean, "expected": expected}
    told = (
        f"the labels of the first {num} batches have an entropy of {mean:.3f} nat each, at random "
        f"{expected:.3f}"
    )
    if found < float(drawn.min()) and mean < LITTLE * expected:
        return _sorted(told, numbers)
    return Passed(told, numbers)


def _of_fractions(of_batches: list[Tensor]) -> Outcome:
    whole = torch.cat(of_batches)
    if not bool(whole.isfinite().all()) or not float(whole.var(correction=0)) > 0:
        return NotCheckable("the targets of the first batches are all alike, or not finite")
    found = _explained(of_batches)
    generator = torch.Generator().manual_seed(0)
    sizes = [len(one) for one in of_batches]
    drawn = [
        _explained(torch.split(whole[torch.randperm(len(whole), generator=generator)], sizes))
        for _ in range(DRAWS)
    ]
    numbers = {"explained": found, "expected": sum(drawn) / DRAWS}
    told = (
        f"which of the first {len(sizes)} batches a target is in explains {found:.0%} of its "
        f"variance, at random {numbers['expected']:.0%}"
    )
    if found > max(drawn) and found > MOST:
        return _sorted(told, numbers)
    return Passed(told, numbers)


def _sorted(told: str, numbers: dict[str, float]) -> Failed:
    return Failed(
        told, "data-not-shuffled",
        "shuffle the training data anew in each epoch (DataLoader(shuffle=True))", numbers,
    )  # fmt: skip


def _entropy(counts: Tensor) -> Tensor:
    """Return the entropy in nat of counts (…, classes)."""
    share = counts.double() / counts.sum(-1, keepdim=True)
    return -torch.xlogy(share, share).sum(-1)


def _explained(of_batches: Sequence[Tensor]) -> float:
    """Return the share of the variance that lies between batches."""
    whole = torch.cat(list(of_batches))
    mean = whole.mean()
    between = sum(len(one) * (one.mean() - mean) ** 2 for one in of_batches)
    return float(between / ((whole - mean) ** 2).sum())
