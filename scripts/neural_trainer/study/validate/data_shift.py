"""Does the held-out split come from where the training split does? Tests by feature, and of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.estimates import holm
from neural_trainer.study.validate.near_copies import is_sequence
from neural_trainer.study.validate.predictions import Column

MOST_FEATURES = 200
MOST_CATEGORIES = 50
FEWEST_EXPECTED = 5  # of a category in a split; rarer ones are taken together (Cochran 1954)
MOST_OF_JOINT = 500  # samples of each split
PERMUTATIONS = 500


@dataclass(frozen=True)
class FeatureShift:
    """One feature: test, how far apart the splits lie (0 to 1), p corrected by Holm.

    distance: the greatest gap of the two distribution functions (KS), or half the summed gap of
    the shares of categories (chi2).
    """

    name: str
    test: str
    distance: float
    p: float


@dataclass(frozen=True)
class DataShift:
    """Features from the surest; joint: p of one distribution of whole rows, NaN if not tested.

    joint_of: what the rows were. joint_distance: the maximum mean discrepancy, squared.
    """

    rows: tuple[FeatureShift, ...]
    joint: float
    joint_distance: float
    joint_of: str
    left_out: tuple[str, ...]


def data_shift(
    train: Mapping[str, Column], held_out: Mapping[str, Column],
    embeddings: tuple[Array, Array] | None, seed: int,
) -> DataShift | None:  # fmt: skip
    """Return the tests of what both splits have; None where they share nothing."""
    rows: list[FeatureShift] = []
    left_out: list[str] = []
    joint: list[tuple[Array, Array]] = []
    for name in held_out:
        if name not in train:
            continue
        ours, theirs = train[name], held_out[name]
        if ours.dtype.kind == "U" and is_sequence(ours):
            left_out.append(f"{name}: texts; only copies of them are looked for")
            continue
        is_number = ours.dtype.kind in "iufb" and theirs.dtype.kind in "iufb"
        if not is_number:
            one = _categories(name, ours, theirs)
            if one is None:
                left_out.append(f"{name}: more than {MOST_CATEGORIES} values")
            else:
                rows.append(one)
            continue
        if is_sequence(ours) or is_sequence(theirs):
            left_out.append(f"{name}: numbers of tokens have no order; the embedding tells of them")
            continue
        if ours[:1].size != theirs[:1].size:
            left_out.append(f"{name}: of other shapes in the two splits")
            continue
        flat = ours.reshape(len(ours), -1).astype(float)
        other = theirs.reshape(len(theirs), -1).astype(float)
        joint.append((flat, other))
        width = flat.shape[1]
        if width > MOST_FEATURES:
            left_out.append(f"{name}: {width} values a sample; their mean and spread were tested")
            flat, other = (np.stack([x.mean(1), x.std(1)], axis=1) for x in (flat, other))
            names = [f"{name}.mean", f"{name}.sd"]
        else:
            names = [name] if width == 1 else [f"{name}[{i}]" for i in range(width)]
        rows += [
            _numbers(each, flat[:, i], other[:, i])
            for i, each in enumerate(names[: MOST_FEATURES - len(rows)])
        ]
    if not rows and embeddings is None:
        return None
    corrected = holm([row.p for row in rows])
    rows = [replace(row, p=p) for row, p in zip(rows, corrected, strict=True)]
    what = "embeddings (inputs of the last linear layer)" if embeddings else "inputs"
    if embeddings is None and joint:
        embeddings = (np.concatenate([a for a, _ in joint], axis=1),
                      np.concatenate([b for _, b in joint], axis=1))  # fmt: skip
    p, distance = float("nan"), float("nan")
    if embeddings is not None:
        p, distance = two_sample(*embeddings, seed)
    return DataShift(
        tuple(sorted(rows, key=lambda row: (row.p, -row.distance))), p, distance, what,
        tuple(left_out),
    )  # fmt: skip


def _numbers(name: str, ours: Array, theirs: Array) -> FeatureShift:
    from scipy.stats import ks_2samp

    one, other = ours[np.isfinite(ours)], theirs[np.isfinite(theirs)]
    if not len(one) or not len(other):
        return FeatureShift(name, "KS", float("nan"), 1.0)
    found = ks_2samp(one, other, method="auto" if max(len(one), len(other)) < 1000 else "asymp")
    return FeatureShift(name, "KS", float(found.statistic), float(found.pvalue))


def _categories(name: str, ours: Column, theirs: Column) -> FeatureShift | None:
    from scipy.stats import chi2_contingency

    values = np.unique(np.concatenate([ours.astype(str), theirs.astype(str)]))
    if len(values) > MOST_CATEGORIES:
        return None
    counts = np.array([[(split.astype(str) == value).sum() for value in values]
                       for split in (ours, theirs)], dtype=float)  # fmt: skip
    shares = counts / counts.sum(1, keepdims=True)
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    expected = counts.sum(0) * counts.sum(1).min() / counts.sum()
    rare = expected < FEWEST_EXPECTED
    kept = counts[:, ~rare]
    if rare.any():
        kept = np.concatenate([kept, counts[:, rare].sum(1, keepdims=True)], axis=1)
    if kept.shape[1] < 2:
        return FeatureShift(name, "chi2", distance, 1.0)
    return FeatureShift(name, "chi2", distance, float(chi2_contingency(kept).pvalue))


def two_sample(ours: Array, theirs: Array, seed: int) -> tuple[float, float]:
    """Return p of one distribution and the squared distance, by the kernel test.

    Maximum mean discrepancy under a Gaussian kernel as wide as the median distance (Gretton et al.
    2012, JMLR 13, section 8), p by PERMUTATIONS of the labels.
    """
    rng = np.random.default_rng(seed)
    one, other = (
        x[rng.permutation(len(x))[:MOST_OF_JOINT]] for x in (ours, theirs)
    )  # fmt: skip
    both = np.concatenate([one, other])
    both = both[:, np.isfinite(both).all(0)]
    spread = both.std(0)
    both = (both - both.mean(0))[:, spread > 0] / spread[spread > 0]
    if both.shape[1] == 0 or min(len(one), len(other)) < 2:
        return float("nan"), float("nan")
    squares = (both**2).sum(1)
    apart = np.maximum(squares[:, None] + squares - 2 * both @ both.T, 0)
    kernel = np.exp(-apart / max(float(np.median(apart[np.triu_indices(len(both), 1)])), 1e-300))
    np.fill_diagonal(kernel, 0)
    n, m = len(one), len(other)
    labels = np.zeros((PERMUTATIONS + 1, n + m))
    labels[0, :n] = 1
    for row in range(1, PERMUTATIONS + 1):
        labels[row, rng.permutation(n + m)[:n]] = 1
    within = ((labels @ kernel) * labels).sum(1) / (n * (n - 1))
    rest = 1 - labels
    beside = ((rest @ kernel) * rest).sum(1) / (m * (m - 1))
    across = ((labels @ kernel) * rest).sum(1) / (n * m)
    found = within + beside - 2 * across
    return float((found >= found[0] - 1e-12).mean()), float(found[0])
