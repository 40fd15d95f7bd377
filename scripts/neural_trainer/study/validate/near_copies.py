"""Near copies of samples: MinHash of what is made of words or tokens, distance of numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array
from neural_trainer.study.validate.predictions import Column

SHINGLE = 3  # words or tokens that make one
HASHES, BANDS = 64, 16  # 4 hashes a band: a pair of Jaccard 0.8 meets with a chance of 0.9998
JACCARD = 0.8  # from which two texts are near copies
DISTANCE = 0.05  # root mean square over features, in standard deviations of the training data
MOST_OF_NUMBERS = 20_000  # samples of a split that are measured against each other
MOST_LOOKED_AT = 1000  # texts, to tell them from names
DIRECTIONS = 64  # onto which longer rows of numbers are projected
_PRIME = (1 << 61) - 1
_BLOCK = 512


def is_sequence(column: Column) -> bool:
    """Tell whether a column holds texts (not names of a word or two), or rows of tokens."""
    if column.dtype.kind == "U":
        return bool(np.median([text.count(" ") for text in column[:MOST_LOOKED_AT]]) >= SHINGLE - 1)
    return column.dtype.kind in "iu" and column.ndim == 2


def sequences(inputs: Mapping[str, Column]) -> list[frozenset[int]] | None:
    """Return the set of shingles of each sample; None where nothing is text or tokens."""
    parts = [column for column in inputs.values() if is_sequence(column)]
    if not parts:
        return None
    found: list[set[int]] = [set() for _ in parts[0]]
    for column in parts:
        for into, value in zip(found, column, strict=True):
            words = str(value).lower().split() if column.dtype.kind == "U" else value.tolist()
            into |= shingles(words)
    return [frozenset(one) for one in found]


def shingles(words: Sequence[object]) -> set[int]:
    """Return a hash of each run of SHINGLE words, of the whole where it is shorter.

    >>> len(shingles("the cat sat on the mat".split()))
    4
    """
    if not words:
        return set()
    last = max(len(words) - SHINGLE + 1, 1)
    return {crc32(repr(words[i : i + SHINGLE]).encode()) for i in range(last)}


def near_by_minhash(
    train: Sequence[frozenset[int]], held_out: Sequence[frozenset[int]], seed: int = 0
) -> NDArray[np.bool_]:
    """Return which held-out samples have a training one of a Jaccard similarity of JACCARD.

    Candidates by MinHash with bands (Broder 1997; Leskovec et al. 2020, section 3.4), each then
    measured whole: none is near by chance of the hashes.
    """
    rng = np.random.default_rng(seed)
    factors = rng.integers(1, 1 << 31, size=HASHES, dtype=np.uint64)
    offsets = rng.integers(0, 1 << 31, size=HASHES, dtype=np.uint64)

    def bands(sample: frozenset[int]) -> list[tuple[int, bytes]]:
        values = np.fromiter(sample, dtype=np.uint64, count=len(sample))
        least = ((values[:, None] * factors + offsets) % np.uint64(_PRIME)).min(0)
        rows = least.reshape(BANDS, -1)
        return [(number, row.tobytes()) for number, row in enumerate(rows)]

    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    kept: dict[frozenset[int], int] = {}
    for index, sample in enumerate(train):
        if sample and sample not in kept:
            kept[sample] = index
            for band in bands(sample):
                buckets[band].append(index)
    found = np.zeros(len(held_out), dtype=bool)
    for index, sample in enumerate(held_out):
        if not sample:
            continue
        candidates = {other for band in bands(sample) for other in buckets.get(band, ())}
        found[index] = any(
            len(sample & train[other]) >= JACCARD * len(sample | train[other])
            for other in candidates
        )
    return found


def number_rows(inputs: Mapping[str, Column]) -> Array | None:
    """Return the numbers of each sample as a row, (n, d); None where there are none."""
    parts = [
        column.reshape(len(column), -1).astype(float)
        for column in inputs.values()
        if column.dtype.kind in "iufb" and not is_sequence(column) and column[:1].size
    ]
    return np.concatenate(parts, axis=1) if parts else None


def near_by_distance(train: Array, held_out: Array, seed: int = 0) -> NDArray[np.bool_]:
    """Return which rows of `held_out` lie within DISTANCE of one of `train`, features alike.

    Rows longer than DIRECTIONS are projected onto as many random directions, which keeps distances
    to a tenth or so (Johnson and Lindenstrauss 1984).
    """
    one, other = _normalised(train, train, seed), _normalised(train, held_out, seed)
    return _least(other, one) <= DISTANCE


def near_within(train: Array, seed: int = 0) -> NDArray[np.bool_]:
    """Return which rows lie within DISTANCE of another of the same."""
    rows = _normalised(train, train, seed)
    return _least(rows, rows, others=True) <= DISTANCE


def _normalised(train: Array, rows: Array, seed: int) -> Array:
    spread = train.std(0)
    varies = spread > 0
    if not varies.any():
        return np.zeros((len(rows), 1))
    scaled = (rows[:, varies] - train[:, varies].mean(0)) / spread[varies]
    width = scaled.shape[1]
    if width <= DIRECTIONS:
        return np.asarray(scaled / width**0.5)
    rng = np.random.default_rng(seed)
    onto = rng.standard_normal((width, DIRECTIONS)) / (width * DIRECTIONS) ** 0.5
    return np.asarray(scaled @ onto)


def _least(rows: Array, against: Array, others: bool = False) -> Array:
    """Return the distance of each row to the nearest of `against`; others: itself left out."""
    found = np.full(len(rows), np.inf)
    if len(against) <= int(others):
        return found
    squares = (against**2).sum(1)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        apart = (block**2).sum(1)[:, None] - 2 * block @ against.T + squares
        if others:
            at = np.arange(len(block))
            apart[at, start + at] = np.inf
        found[start : start + len(block)] = np.sqrt(np.maximum(apart.min(1), 0))
    return found
