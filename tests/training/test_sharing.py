"""The shares of ranks that are simulated in one process: together they are what one would have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, DistributedSampler, IterableDataset, TensorDataset

from neural_trainer.errors import ConfigError
from neural_trainer.training.passes import Passes
from neural_trainer.training.random_state import random_state, set_random_state
from neural_trainer.training.sharing import Spare, counted, pass_of_shares, refuse_uneven
from neural_trainer.training.world import World


class Simulated(World):
    """A rank that knows from a tape what rank 0, which was simulated before it, told all."""

    def __init__(self, rank: int, size: int, tape: list[Any] | None = None) -> None:
        super().__init__(rank, size)
        self.__dict__.update(tape=tape if tape is not None else [], at=0)

    def first(self, find: Any) -> Any:
        if self.rank == 0 or not self.__dict__["tape"]:
            self.__dict__["tape"].append(find())
        self.__dict__["at"] += 1
        return self.__dict__["tape"][self.__dict__["at"] - 1]

    def gathered(self, own: Any) -> list[Any]:
        return [own] * self.size


class Told(Simulated):
    """A rank that is told that rank 0 had something else."""

    def gathered(self, own: Any) -> list[Any]:
        return [own - 1, *[own] * (self.size - 1)]


def shares(make: Any, size: int, num_passes: int) -> list[list[list[list[int]]]]:
    """Return the samples by pass, batch and rank."""
    ranks: list[list[list[list[int]]]] = []
    tape: list[Any] = []
    for rank in range(size):
        torch.manual_seed(7 + rank)
        begin = pass_of_shares(make(), Simulated(rank, size, tape), "train_batches")
        ranks.append([[given_to(share) for share in begin()] for _ in range(num_passes)])
    return [[list(batch) for batch in zip(*of_pass, strict=True)]
            for of_pass in zip(*ranks, strict=True)]  # fmt: skip


def given_to(share: Any) -> list[int]:
    return [] if isinstance(share, Spare) else share.tolist()  # type: ignore[no-any-return]


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 40), per_rank=st.integers(1, 4), size=st.integers(2, 5),
    drop_last=st.booleans(), num_passes=st.integers(1, 3),
)  # fmt: skip
def test_the_batches_are_those_of_one_process(
    count: int, per_rank: int, size: int, drop_last: bool, num_passes: int
) -> None:
    def make() -> Any:
        return DataLoader(
            range(count),  # type: ignore[arg-type]
            batch_size=per_rank * size, shuffle=True, drop_last=drop_last,
        )  # fmt: skip

    loader = make()
    torch.manual_seed(7)
    expected = [[sorted(batch.tolist()) for batch in loader] for _ in range(num_passes)]
    found = shares(make, size, num_passes)
    assert [[sorted(chain(*batch)) for batch in of_pass] for of_pass in found] == expected
    for of_pass in found:
        for batch in of_pass:
            sizes = [len(own) for own in batch]
            assert max(sizes) - min(sizes) <= 1


def test_a_rank_without_a_share_goes_through_one_that_counts_nothing() -> None:
    loader = DataLoader(torch.arange(5), batch_size=4)  # type: ignore[arg-type]
    taken = list(pass_of_shares(loader, Simulated(3, 4), "train_batches")())
    assert isinstance(taken[1], Spare)
    batch, terms, samples = counted(taken[1], lambda batch: 99)
    assert (batch.tolist(), terms, samples) == ([4], 0, 0)
    lists = [{"x": torch.arange(2), "name": "a"}]
    [spare] = pass_of_shares(lists, Simulated(3, 4), "train_batches")()
    assert isinstance(spare, Spare)
    assert (spare.batch["x"].tolist(), spare.batch["name"]) == ([0], "a")


def test_the_place_in_the_data_means_the_same_to_another_number_of_ranks() -> None:
    def make() -> Any:
        return DataLoader(range(18), batch_size=4, shuffle=True)  # type: ignore[arg-type]

    def passes(rank: int, size: int, tape: list[Any]) -> Passes:
        loader = make()
        world = Simulated(rank, size, tape) if size > 1 else World()
        return Passes(loader, pass_of_shares(loader, world, "train_batches"))

    torch.manual_seed(3)
    first = passes(0, 2, [])
    for _ in range(7):
        next(first)
    state, generators = first.state(), random_state()
    rest = []
    for size in (1, 2, 4):
        ranks, tape = [], []
        for rank in range(size):
            again = passes(rank, size, tape)
            again.restore(state)
            set_random_state(generators)
            ranks.append([given_to(next(again)) for _ in range(6)])
        rest.append([sorted(chain(*batch)) for batch in zip(*ranks, strict=True)])
    assert rest[0] == rest[1] == rest[2]


def test_the_others_generators_are_left_alone_and_rank_0_draws_as_one_process_does() -> None:
    def drawn(rank: int, size: int) -> tuple[float, float, float]:
        torch.manual_seed(5), random.seed(5), np.random.seed(5)
        loader = DataLoader(range(8), batch_size=4, shuffle=True)  # type: ignore[arg-type]
        list(pass_of_shares(loader, Simulated(rank, size), "train_batches")())
        return torch.rand(()).item(), random.random(), np.random.rand()

    torch.manual_seed(5)
    untouched = torch.rand(()).item()
    assert drawn(0, 2) == drawn(0, 1)
    assert drawn(1, 2)[0] == untouched != drawn(0, 1)[0]


class Stream(IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        return iter(range(8))


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        pytest.param(
            DataLoader(range(8), batch_size=6),  # type: ignore[arg-type]
            "the batch_size of train_batches is 6, which 4 ranks cannot share equally.*: "
            "take 4 or 8",
            id="uneven",
        ),
        pytest.param(
            DataLoader(
                TensorDataset(torch.arange(8)),
                batch_size=4,
                sampler=DistributedSampler(range(8), num_replicas=2, rank=0),  # type: ignore[arg-type]
            ),
            "has a DistributedSampler; leave it out",
            id="shared-by-the-user",
        ),
        pytest.param(
            DataLoader(range(8), batch_sampler=iter([[1]])),  # type: ignore[arg-type,call-overload]
            "has no length, so 4 ranks cannot draw",
            id="no-length",
        ),
        pytest.param([["text"]], "holds no tensor whose samples 4 ranks could share", id="text"),
    ],
)
def test_what_cannot_be_shared_is_refused(batches: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        list(pass_of_shares(batches, Simulated(1, 4), "train_batches")())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "batches",
    [
        pytest.param(DataLoader(range(8), batch_size=4), id="loader"),  # type: ignore[arg-type]
        pytest.param(DataLoader(Stream(), batch_size=4), id="stream"),
        pytest.param([torch.arange(4)], id="list"),
    ],
)
def test_other_data_than_rank_0s_are_refused(batches: Any) -> None:
    assert list(pass_of_shares(batches, Simulated(1, 2), "train_batches")())
    with pytest.raises(ConfigError, match="yields other batches on rank 1 than on rank 0"):
        list(pass_of_shares(batches, Told(1, 2), "train_batches")())


def test_a_batch_smaller_than_the_ranks_says_what_to_take() -> None:
    refuse_uneven(8, World(0, 4), "training.batch_size")
    with pytest.raises(ConfigError, match=r"training.batch_size is 2, .*: take 4$"):
        refuse_uneven(2, World(0, 4), "training.batch_size")


def first_draws(worker: int) -> None:
    global drawn
    drawn = torch.rand(()).item()


class Drawing(TensorDataset):
    def __getitem__(self, index: int) -> Any:
        return torch.tensor([torch.rand(()).item(), random.random(), np.random.rand(), drawn])


def test_workers_of_two_ranks_draw_otherwise() -> None:
    numbers = []
    for rank in (0, 1):
        torch.manual_seed(1)
        loader = DataLoader(
            Drawing(torch.arange(4)), batch_size=4, num_workers=1, worker_init_fn=first_draws
        )
        [share] = pass_of_shares(loader, Simulated(rank, 2), "train_batches")()
        numbers.append(share[0].tolist())
    assert all(one != other for one, other in zip(*numbers, strict=True))
