"""Passes over the data: without end, and to be taken up again at any batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

from neural_trainer.errors import ConfigError
from neural_trainer.training.passes import Passes
from neural_trainer.training.random_state import random_state, seed_all, set_random_state


def test_passes_go_round_and_refuse_what_is_used_up() -> None:
    batches = Passes([1, 2])
    assert [next(batches) for _ in range(5)] == [1, 2, 1, 2, 1]
    assert (batches.number, batches.taken) == (2, 1)
    used_up = Passes(iter([1]))
    assert next(used_up) == 1
    with pytest.raises(ConfigError, match="re-iterable"):
        next(used_up)


class Shuffled:
    """Batches in an order that depends on the pass that it is told of."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def set_epoch(self, number: int) -> None:
        self.told.append(number)

    def __iter__(self) -> Iterator[int]:
        return iter([10 * self.told[-1] + number for number in range(3)])


class KeepsPlace:
    """A loader that knows its own place, as torchdata's does."""

    def __init__(self) -> None:
        self.at, self.loaded = 0, 0

    def state_dict(self) -> dict[str, Any]:
        return {"at": self.at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.at = state["at"]

    def __iter__(self) -> Iterator[int]:
        while self.at < 4:
            self.at, self.loaded = self.at + 1, self.loaded + 1
            yield self.at - 1
        self.at = 0


def loader(**more: Any) -> DataLoader[Any]:
    return DataLoader(TensorDataset(torch.arange(10)), batch_size=3, **more)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: loader(shuffle=True), id="shuffled"),
        pytest.param(
            lambda: loader(shuffle=True, generator=torch.Generator().manual_seed(3)),
            id="own-generator",
        ),
        pytest.param(
            lambda: loader(sampler=WeightedRandomSampler([1.0] * 10, 10)), id="weighted-sampler"
        ),
        pytest.param(lambda: loader(shuffle=True, drop_last=True), id="last-one-dropped"),
        pytest.param(Shuffled, id="told-the-pass"),
        pytest.param(KeepsPlace, id="keeps-its-place"),
    ],
)
def test_every_position_is_found_again(make: Any) -> None:
    def drawn(batch: Any) -> Any:
        return batch[0].tolist() if isinstance(batch, list) else batch

    seed_all(5)
    whole = Passes(make())
    positions, sequence = [], []
    for _ in range(14):
        positions.append((whole.state(), random_state()))
        sequence.append(drawn(next(whole)))
    assert len({str(batch) for batch in sequence}) > 2
    for number, (position, generators) in enumerate(positions):
        seed_all(77)
        again = Passes(make())
        again.restore(position)
        set_random_state(generators)
        assert [drawn(next(again)) for _ in range(14 - number)] == sequence[number:]


def test_a_loader_that_keeps_its_place_loads_nothing_twice() -> None:
    first = Passes(KeepsPlace())
    for _ in range(3):
        next(first)
    batches = KeepsPlace()
    again = Passes(batches)
    again.restore(first.state())
    assert next(again) == 3
    assert batches.loaded == 1


def test_fewer_batches_than_at_the_checkpoint_are_refused() -> None:
    passes = Passes(list(range(5)))
    for _ in range(4):
        next(passes)
    with pytest.raises(ConfigError, match="fewer than the 4 batches"):
        Passes([1, 2]).restore(passes.state())


@pytest.mark.parametrize(
    ("more", "number", "words"),
    [
        pytest.param(
            {"num_workers": 1, "persistent_workers": True}, 1, "persistent_workers", id="go-on"
        ),
        pytest.param({"num_workers": 1, "persistent_workers": True}, 0, "", id="first-pass"),
        pytest.param({"num_workers": 1}, 1, "", id="made-anew"),
    ],
)
def test_workers_that_go_on_from_pass_to_pass_are_told_of(
    more: dict[str, Any], number: int, words: str
) -> None:
    passes = Passes(loader(**more))
    passes.number = number
    told = passes.inexact_because()
    assert told.startswith(words)
    assert bool(told) == bool(words)
