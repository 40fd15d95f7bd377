"""Samples of the held-out split that are in the training split too, exactly or nearly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neural_trainer.study.validate.near_copies import (
    DISTANCE,
    JACCARD,
    MOST_OF_NUMBERS,
    near_by_distance,
    near_by_minhash,
    near_within,
    number_rows,
    sequences,
)
from neural_trainer.study.validate.predictions import Column, hashed_rows

SHARE = 0.01  # of the held-out samples, from which a split leaks
BY_CHANCE = 1.2  # times the share of training samples that have such a copy among themselves
SHOWN = 10


@dataclass(frozen=True)
class Leakage:
    """Counts among `num` held-out samples; near: of those without an exact copy, None if unknown.

    repeats, chance: of training samples, the share that have an exact copy, or a near one, among
    themselves. leaks: more than these explain. items: the first places, from 0, of copies: those
    of the kinds that leak. how: what near means.
    """

    num: int
    exact: int
    near: int | None
    repeats: float
    chance: float
    leaks: bool
    how: str
    items: tuple[int, ...]
    copies: tuple[int, ...] = ()
    note: str = ""


def leakage(train: Mapping[str, Column], held_out: Mapping[str, Column]) -> Leakage | None:
    """Return the copies across splits; None where they share no inputs."""
    shared = [name for name in held_out if name in train]
    if not shared:
        return None
    ours = {name: train[name] for name in shared}
    theirs = {name: held_out[name] for name in shared}
    rows, others = hashed_rows(ours), hashed_rows(theirs)
    known = set(rows)
    exact = np.array([row in known for row in others])
    near, chance, how, note = np.zeros(len(exact), dtype=bool), 0.0, "", ""
    looked = False
    sets, other_sets = sequences(ours), sequences(theirs)
    numbers, other_numbers = number_rows(ours), number_rows(theirs)
    if sets is not None and other_sets is not None:
        near, looked = near_by_minhash(sets, other_sets), True
        if len(sets) > 1:  # half the samples meet half as many neighbours
            chance = min(1.0, 2 * float(near_by_minhash(sets[::2], sets[1::2]).mean()))
        how = f"Jaccard similarity of {JACCARD:g} or more, runs of three words or tokens"
    elif numbers is not None and other_numbers is not None and _fits(numbers, other_numbers):
        if max(len(numbers), len(other_numbers)) > MOST_OF_NUMBERS:
            note = f"near copies were looked for in the first {MOST_OF_NUMBERS:,} of each split"
            numbers, other_numbers = numbers[:MOST_OF_NUMBERS], other_numbers[:MOST_OF_NUMBERS]
        close, looked = near_by_distance(numbers, other_numbers), True
        near[: len(close)] = close
        chance = float(near_within(numbers).mean())
        how = f"within {DISTANCE:g} standard deviations a feature, root mean square"
    near &= ~exact
    repeats = float(_repeated(rows).mean())
    leaking = np.zeros(len(exact), dtype=bool)
    for copied, expected in ((exact, repeats), (near, chance)):
        share = float(copied.mean())
        if share >= SHARE and share > BY_CHANCE * expected:
            leaking |= copied
    places = tuple(int(place) for place in np.flatnonzero(leaking))
    return Leakage(
        len(exact), int(exact.sum()), int(near.sum()) if looked else None, repeats, chance,
        bool(places), how, places[:SHOWN], places, note,
    )  # fmt: skip


def _repeated(rows: list[bytes]) -> NDArray[np.bool_]:
    """Return which rows occur more than once."""
    times = Counter(rows)
    return np.array([times[row] > 1 for row in rows])


def _fits(numbers: Column, others: Column) -> bool:
    return bool(
        numbers.shape[1] == others.shape[1]
        and np.isfinite(numbers).all()
        and np.isfinite(others).all()
    )
