"""The data of a distributed training: of every batch each rank takes its share, and no other's.

The batches are those of one process, whatever the number of ranks: a DataLoader's are drawn alike
on all ranks, and each loads its share alone; any other iterable is gone through on each rank, which
keeps its share of every batch. So a position in the data means the same to any number of ranks.
"""

from __future__ import annotations

import pickle
import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple

from neural_trainer.errors import ConfigError
from neural_trainer.layers.batches import mapped, num_samples
from neural_trainer.training.loaders import loader_like
from neural_trainer.training.random_state import random_state, set_random_state
from neural_trainer.training.world import World

RANK_STEP = 1_000_003  # from the seed of a rank to that of the next


class Spare(NamedTuple):
    """What a rank goes through where its share is empty: a sample of another's, counted nowhere.

    Every rank has to take part in every backward pass.
    """

    batch: Any


def counted(batch: Any, count: Callable[[Any], int]) -> tuple[Any, int, int]:
    """Return a batch as the model takes it, of how many terms its loss is, and its samples."""
    if isinstance(batch, Spare):
        return batch.batch, 0, 0
    return batch, count(batch), num_samples(batch) or 0


def pass_of_shares(batches: Any, world: World, whose: str) -> Callable[[], Iterator[Any]]:
    """Return what begins a pass over this rank's share of `batches`; over all of them where alone.

    whose: what the batches are called in a config or a Case. Raises ConfigError where they cannot
    be shared.
    """
    if world.size == 1:
        return partial(iter, batches)
    from torch.utils.data import DataLoader, DistributedSampler, IterableDataset

    is_loader = isinstance(batches, DataLoader)
    if is_loader and isinstance(batches.sampler, DistributedSampler):
        raise ConfigError(
            f"{whose} has a DistributedSampler; leave it out: the trainer gives each of the "
            f"{world.size} ranks its share of every batch"
        )
    size = getattr(batches, "batch_size", None) if is_loader else None
    refuse_uneven(size, world, f"the batch_size of {whose}")
    keeps_place = hasattr(batches, "load_state_dict")
    if (
        is_loader
        and not keeps_place
        and batches.batch_sampler is not None
        and not isinstance(batches.dataset, IterableDataset)
    ):
        return _LoaderShares(batches, world, whose).begin
    return partial(_slices, batches, world, whose)


def refuse_uneven(batch_size: int | None, world: World, what: str) -> None:
    """Raise ConfigError where a batch cannot be shared equally."""
    if batch_size is not None and batch_size % world.size:
        below = batch_size - batch_size % world.size
        near = f"{below} or {below + world.size}" if below else f"{world.size}"
        raise ConfigError(
            f"{what} is {batch_size}, which {world.size} ranks cannot share equally; a batch is "
            f"that of all ranks together: take {near}"
        )


class _LoaderShares:
    """A DataLoader's batches, of which this rank loads its share alone."""

    def __init__(self, loader: Any, world: World, whose: str) -> None:
        self._world, self._whose = world, whose
        self._order = _Order(loader.batch_sampler, world, whose)
        seeded = partial(_seed_worker, world.rank, loader.worker_init_fn)
        self._loader = loader_like(
            loader, loader.dataset, batch_sampler=self._order, worker_init_fn=seeded
        )

    def begin(self) -> Iterator[Any]:
        """Draw the order of a pass as rank 0 does, and yield this rank's share of its batches."""
        with _generators_of_rank_0(self._world):
            self._order.forget()
            iterator = iter(self._loader)  # draws the workers' seeds, and with workers the order
            order = self._order.drawn()
        _refuse_other_data(pickle.dumps(order), self._world, self._whose)
        return self._told(iterator, order)

    def _told(self, iterator: Iterator[Any], order: list[list[Any]]) -> Iterator[Any]:
        for batch, samples in zip(iterator, order, strict=True):
            yield batch if len(samples) > self._world.rank else Spare(batch)


class _Order:
    """A batch sampler that gives this rank's share of each batch of another."""

    def __init__(self, whole: Any, world: World, whose: str) -> None:
        self._whole, self._world = whole, world
        self._drawn: list[list[Any]] | None = None
        if not hasattr(whole, "__len__"):
            raise ConfigError(
                f"the batch sampler of {whose} has no length, so {world.size} ranks cannot draw "
                f"its batches alike; give it a __len__"
            )

    def forget(self) -> None:
        """Have the next pass drawn anew."""
        self._drawn = None

    def drawn(self) -> list[list[Any]]:
        """Return the samples of every batch of this pass, drawn once."""
        if self._drawn is None:
            batches = islice(self._whole, len(self._whole))
            self._drawn = [list(batch) for batch in batches]
        return self._drawn

    def __len__(self) -> int:
        return len(self._whole)

    def __iter__(self) -> Iterator[list[Any]]:
        rank, size = self._world.rank, self._world.size
        for samples in self.drawn():
            yield samples[rank::size] or samples[:1]


def _slices(batches: Iterable[Any], world: World, whose: str) -> Iterator[Any]:
    """Begin a pass over an iterable, alike on all ranks; yield this rank's share of each batch."""
    with _generators_of_rank_0(world):
        iterator = iter(batches)
        head = list(islice(iterator, 1))
    _refuse_other_data(b"".join(_content(batch) for batch in head), world, whose)
    return (_slice(batch, world, whose) for batch in chain(head, iterator))


def _slice(batch: Any, world: World, whose: str) -> Any:
    whole = num_samples(batch)
    if whole is None:
        raise ConfigError(
            f"a batch of {whose} holds no tensor whose samples {world.size} ranks could share"
        )
    mine = slice(world.rank, None, world.size) if whole > world.rank else slice(1)

    def cut(tensor: Any) -> Any:
        has_samples = getattr(tensor, "ndim", 0) and tensor.shape[0] == whole
        return tensor[mine] if has_samples else tensor

    share = mapped(batch, cut)
    return share if whole > world.rank else Spare(share)


@contextmanager
def _generators_of_rank_0(world: World) -> Iterator[None]:
    """Have all ranks draw what rank 0 draws; the others' own generators are as they were then."""
    state = {name: own for name, own in random_state().items() if name != "cuda"}
    rank_0 = world.first(lambda: state)
    if world.rank:
        set_random_state(rank_0)
    try:
        yield
    finally:
        if world.rank:
            set_random_state(state)


def _refuse_other_data(content: bytes, world: World, whose: str) -> None:
    """Raise ConfigError where what this rank draws first in a pass is not what rank 0 draws."""
    sums = world.gathered(zlib.crc32(content))
    other = [rank for rank, found in enumerate(sums) if found != sums[0]]
    if other:
        raise ConfigError(
            f"{whose} yields other batches on rank {other[0]} than on rank 0; it has to yield the "
            f"same on all {world.size} ranks, each of which takes its share of every batch: leave "
            f"out shares and seeds of its own by rank"
        )


def _content(batch: Any) -> bytes:
    import torch

    found: list[bytes] = []

    def look(tensor: Any) -> Any:
        if hasattr(tensor, "contiguous"):
            flat = tensor.detach().cpu().contiguous().flatten()
            found.append(flat.view(torch.uint8).numpy().tobytes())
        return tensor

    mapped(batch, look)
    return b"".join(found)


def _seed_worker(rank: int, then: Callable[[int], None] | None, worker: int) -> None:
    """Have a loader's worker draw otherwise than that of the same number on another rank."""
    import numpy
    import torch

    if rank:
        seed = torch.initial_seed() + rank * RANK_STEP
        torch.manual_seed(seed % 2**63)
        random.seed(seed)
        numpy.random.seed(seed % 2**32)
    if then is not None:
        then(worker)
