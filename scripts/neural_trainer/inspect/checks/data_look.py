"""One pass over the batches of a split: kinds, values not finite, labels, hashes, means."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from neural_trainer.layers.batches import IGNORED, num_samples, targets, tensors

KEPT = 5  # batches that other checks train and measure on
MOST_SECONDS = 12.0  # for one split
MOST_SAMPLES = 200_000
MOST_VALUES = 100_000  # distinct labels or tokens that are counted


@dataclass
class Look:
    """What a pass saw. whole: it came to the end within MOST_SECONDS and MOST_SAMPLES.

    kinds: (dtype, dimensions) of each part. labels: how often each whole-number target occurs.
    inputs, pairs: a hash of each sample's inputs, and of these with its targets. means, stds: of
    each sample's values, by floating part of the inputs. tokens: counts of whole-number inputs.
    """

    kept: list[Any] = field(default_factory=list)
    num_batches: int = 0
    num_samples: int = 0
    whole: bool = True
    seconds: float = 0.0
    kinds: dict[str, Counter[tuple[str, int]]] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    uneven: str = ""
    bad: list[str] = field(default_factory=list)
    num_bad: int = 0
    labels: Counter[int] = field(default_factory=Counter)
    label_places: dict[int, str] = field(default_factory=dict)
    inputs: list[bytes] = field(default_factory=list)
    pairs: list[bytes] = field(default_factory=list)
    means: dict[str, list[Tensor]] = field(default_factory=dict)
    stds: dict[str, list[Tensor]] = field(default_factory=dict)
    tokens: Counter[int] = field(default_factory=Counter)

    def extent(self) -> str:
        """Say how much was looked at."""
        cut = "" if self.whole else " (the first; more were not looked at)"
        return f"{self.num_samples} samples in {self.num_batches} batches{cut}"


def look_at(batches: Iterable[Any], clock: Callable[[], float] = time.monotonic) -> Look:
    """Return what one pass over `batches` sees; what iterating raises passes through."""
    look, began = Look(), clock()
    for batch in batches:
        if look.num_batches and (clock() - began > MOST_SECONDS or look.num_samples > MOST_SAMPLES):
            look.whole = False
            break
        if len(look.kept) < KEPT:
            look.kept.append(batch)
        _add(look, batch)
    look.seconds = clock() - began
    return look


def target_of(batch: Any) -> Any:
    """Return the targets of whole numbers, else the last part of a pair, else None."""
    found = targets(batch)
    if found is None and isinstance(batch, list | tuple) and len(batch) > 1:
        found = batch[-1]
    return found


def input_parts(batch: Any) -> list[tuple[str, Tensor]]:
    """Return every tensor of a batch but its targets."""
    target = target_of(batch)
    within = {id(tensor) for _, tensor in tensors(target)}
    return [(name, tensor) for name, tensor in tensors(batch) if id(tensor) not in within]


def _add(look: Look, batch: Any) -> None:
    place, count = look.num_batches, num_samples(batch) or 0
    for name, tensor in tensors(batch):
        kind = (str(tensor.dtype).removeprefix("torch."), tensor.ndim)
        look.kinds.setdefault(name, Counter())[kind] += 1
        look.shapes.setdefault(name, tuple(tensor.shape))
        _note_bad(look, name, tensor)
    labels = targets(batch)
    if labels is not None:
        _count_labels(look, labels)
    target = target_of(batch)
    if isinstance(target, Tensor) and target.ndim and count and len(target) != count:
        look.uneven = look.uneven or f"batch {place}: {count} inputs, {len(target)} targets"
    _add_samples(look, input_parts(batch), target, count)
    look.num_batches += 1
    look.num_samples += count


def _note_bad(look: Look, name: str, tensor: Tensor) -> None:
    if not tensor.is_floating_point() or not tensor.numel() or bool(tensor.sum().isfinite()):
        return
    bad = ~tensor.isfinite()
    count = int(bad.sum())
    if not count:
        return
    first = int(bad.flatten(1).any(1).nonzero()[0]) if tensor.ndim > 1 else 0
    look.num_bad += count
    look.bad.append(f"sample {first} of batch {look.num_batches}, {name or 'its tensor'}")


def _count_labels(look: Look, labels: Tensor) -> None:
    values, counts = torch.unique(labels.detach(), return_counts=True)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        if len(look.labels) < MOST_VALUES or value in look.labels:
            look.labels[int(value)] += count
            look.label_places.setdefault(int(value), f"batch {look.num_batches}")


def _add_samples(look: Look, parts: list[tuple[str, Tensor]], target: Any, count: int) -> None:
    by_sample = [(n, t.detach().cpu()) for n, t in parts if _is_laid_out(t) and len(t) == count]
    if not by_sample or not count:
        return
    rows = [_bytes_by_row(tensor) for _, tensor in by_sample]
    answers = None
    if isinstance(target, Tensor) and _is_laid_out(target) and len(target) == count:
        answers = _bytes_by_row(target.detach().cpu())
    for index in range(count):
        digest = blake2b(b"".join(row[index] for row in rows), digest_size=16)
        look.inputs.append(digest.digest())
        if answers is not None:
            digest.update(answers[index])
            look.pairs.append(digest.digest())
    for name, tensor in by_sample:
        if tensor.is_floating_point():
            flat = tensor.reshape(count, tensor[0].numel()).float()
            if not flat.numel():
                continue
            look.means.setdefault(name, []).append(flat.mean(1))
            look.stds.setdefault(name, []).append(flat.std(1, correction=0))
        elif tensor.dtype in (torch.int64, torch.int32) and len(look.tokens) < MOST_VALUES:
            values, counts = torch.unique(tensor, return_counts=True)
            look.tokens.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))


def _is_laid_out(tensor: Any) -> bool:
    """Tell whether a tensor has rows in memory: not a sparse or a nested one."""
    return bool(tensor.ndim) and tensor.layout == torch.strided and not tensor.is_nested


def _bytes_by_row(tensor: Tensor) -> list[bytes]:
    flat = tensor.reshape(len(tensor), tensor[0].numel()).contiguous()
    return [row.tobytes() for row in flat.view(torch.uint8).numpy()]


def countable(labels: Counter[int]) -> dict[int, int]:
    """Return the labels that count in a loss: not those of -100."""
    return {value: count for value, count in labels.items() if value != IGNORED}
