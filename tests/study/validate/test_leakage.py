"""Copies across splits: planted ones are found, independent splits are not accused."""

from __future__ import annotations

import numpy as np
import pytest

from neural_trainer.study.validate.leakage import leakage
from neural_trainer.study.validate.near_copies import (
    JACCARD,
    near_by_distance,
    near_by_minhash,
    near_within,
    sequences,
)

WORDS = [f"word{i}" for i in range(500)]


def sentences(num: int, seed: int, length: int = 40) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    return [list(rng.choice(WORDS, length)) for _ in range(num)]


def text(rows: list[list[str]]) -> np.ndarray:
    return np.array([" ".join(row) for row in rows])


def test_planted_texts_are_found_exact_and_near() -> None:
    train, held_out = sentences(200, 0), sentences(100, 1)
    held_out[:5] = train[:5]
    for i in range(5, 12):  # one word of forty changed: at most three of 38 runs differ
        held_out[i] = [*train[i][:-1], "other"]
    found = leakage({"text": text(train)}, {"text": text(held_out)})
    assert found is not None
    assert (found.exact, found.near, found.leaks) == (5, 7, True)
    assert found.copies == tuple(range(12))


def test_minhash_finds_what_all_pairs_show() -> None:
    train, held_out = sentences(80, 2), sentences(60, 3)
    for i in range(40):
        cut = i  # from near to far
        held_out[i] = train[i][:-cut] + held_out[i][-cut:] if cut else train[i]
    one, other = sequences({"t": text(train)}), sequences({"t": text(held_out)})
    assert one is not None
    assert other is not None
    exact = [any(len(a & b) >= JACCARD * len(a | b) for b in one) for a in other]
    assert 3 < sum(exact) < 40
    assert list(near_by_minhash(one, other)) == exact


def test_rows_of_tokens_are_texts() -> None:
    rng = np.random.default_rng(0)
    train, held_out = rng.integers(0, 1000, (100, 64)), rng.integers(0, 1000, (50, 64))
    held_out[3] = train[7]
    held_out[3, 0] += 1
    found = leakage({"ids": train}, {"ids": held_out})
    assert found is not None
    assert (found.exact, found.near, found.items) == (0, 1, (3,))


@pytest.mark.parametrize("width", [10, 300], ids=["as-they-are", "projected"])
def test_planted_numbers_are_found(width: int) -> None:
    rng = np.random.default_rng(0)
    train, held_out = rng.standard_normal((300, width)), rng.standard_normal((100, width))
    held_out[:4] = train[:4]
    held_out[4:9] = train[4:9] + 0.01 * rng.standard_normal((5, width))
    scale = 10.0 ** np.arange(width).clip(0, 5)  # units do not matter
    found = leakage({"x": train * scale}, {"x": held_out * scale})
    assert found is not None
    assert (found.exact, found.near, found.leaks) == (4, 5, True)


def test_splits_of_few_values_share_items_by_chance() -> None:
    rng = np.random.default_rng(0)
    train, held_out = rng.integers(0, 3, 400), rng.integers(0, 3, 200)
    found = leakage({"x": train}, {"x": held_out})
    assert found is not None
    assert found.exact == 200
    assert not found.leaks


@pytest.mark.parametrize("length", [4, 6, 8, 10, 14])
def test_short_rows_of_few_tokens_meet_by_chance(length: int) -> None:
    rng = np.random.default_rng(length)
    train, held_out = rng.integers(0, 2, (400, length)), rng.integers(0, 2, (400, length))
    found = leakage({"ids": train}, {"ids": held_out})
    assert found is not None
    assert found.exact + (found.near or 0) > 8
    assert not found.leaks


@pytest.mark.parametrize("seed", range(5))
def test_independent_splits_do_not_leak(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for width in (1, 2, 8):
        found = leakage(
            {"x": rng.standard_normal((500, width))}, {"x": rng.standard_normal((300, width))}
        )
        assert found is not None
        assert not found.leaks


def test_names_of_a_word_are_no_texts() -> None:
    sites = np.array(["north", "south"] * 50)
    x = np.random.default_rng(0).standard_normal((100, 5))
    found = leakage({"site": sites, "x": x[:60]} | {"site": sites[:60]},
                    {"site": sites[60:], "x": x[60:]})  # fmt: skip
    assert found is not None
    assert (found.exact, found.near) == (0, 0)


def test_without_inputs_nothing_is_said() -> None:
    assert leakage({"a": np.zeros(3)}, {"b": np.zeros(3)}) is None


def test_a_row_is_no_neighbour_of_itself() -> None:
    rows = np.array([[0.0, 0.0], [10.0, 5.0], [10.0, 5.0], [-20.0, 3.0]])
    assert list(near_within(rows)) == [False, True, True, False]
    assert near_by_distance(rows, rows).all()
