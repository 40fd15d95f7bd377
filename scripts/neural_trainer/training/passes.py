"""Where a training is in its data: the pass, the batch, and how to get there again exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from neural_trainer.errors import ConfigError
from neural_trainer.training.random_state import random_state, set_random_state


class Passes:
    """The batches of an iterable, pass after pass, with a position that can be taken up again.

    A loader with `state_dict` and `load_state_dict` (torchdata's) keeps its own place. Any other
    is gone through again from the start of the pass, with the generators as they were then: the
    same order, the same workers' seeds, at the cost of loading the batches of that pass once more.
    An iterable that varies from pass to pass by itself is told the pass by its `set_epoch`.
    """

    def __init__(
        self, batches: Iterable[Any], begin: Callable[[], Iterator[Any]] | None = None
    ) -> None:
        """begin: returns an iterator over a pass, in place of iter(batches)."""
        self._batches: Any = batches
        self._iterate = begin or partial(iter, batches)
        self.number = 0  # of the pass, from 0
        self.taken = 0  # batches, in this pass
        self._keeps_place = hasattr(batches, "state_dict") and hasattr(batches, "load_state_dict")
        self._start: dict[str, Any] = {}
        self._iterator: Iterator[Any] | None = None

    def __next__(self) -> Any:
        """Return the next batch. Raises ConfigError where a pass yields none."""
        if self._iterator is None:
            self._begin()
        for batch in self._iterator or ():
            self.taken += 1
            return batch
        if self.taken == 0:
            raise ConfigError("train_batches yielded nothing on a pass; expected a re-iterable")
        self.number, self.taken, self._iterator = self.number + 1, 0, None
        return next(self)

    def __iter__(self) -> Iterator[Any]:
        return self

    def state(self) -> dict[str, Any]:
        """Return the position, for `restore`."""
        state = {"number": self.number, "taken": self.taken, "start": self._start}
        if self._keeps_place:
            state["loader"] = self._batches.state_dict()
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Go to a position. The generators are left as the way there leaves them."""
        self.number = state["number"]
        if self._keeps_place:
            self._batches.load_state_dict(state["loader"])
            self.taken, self._start = state["taken"], state["start"]
            self._iterator = self._iterate()
            return
        if not state["start"]:
            return
        set_random_state(state["start"]["random"])
        for generator, own in zip(_generators(self._batches), state["start"]["own"], strict=True):
            generator.set_state(own)
        self._begin()
        for _ in range(state["taken"]):
            if next(self._iterator or iter(()), None) is None:
                raise ConfigError(
                    f"train_batches yields fewer than the {state['taken']} batches that this pass "
                    f"had given at the checkpoint; resume with the same data and batch size"
                )
        self.taken = state["taken"]

    def inexact_because(self) -> str:
        """Say why a restored position may give other batches than before; empty if it does not."""
        if self.number > 0 and getattr(self._batches, "persistent_workers", False):
            return (
                "persistent_workers go on from pass to pass, so what they draw at random differs "
                "from the run without a stop; make the loader without them for an exact resume"
            )
        return ""

    def _begin(self) -> None:
        for part in _parts(self._batches):
            if hasattr(part, "set_epoch"):
                part.set_epoch(self.number)
        if not self._keeps_place:
            own = [generator.get_state() for generator in _generators(self._batches)]
            self._start = {"random": random_state(), "own": own}
        self._iterator = self._iterate()


def _parts(batches: Any) -> list[Any]:
    """Return a loader with its samplers: what may hold a generator, or want to know the pass."""
    batch_sampler = getattr(batches, "batch_sampler", None)
    return [
        batches,
        getattr(batches, "sampler", None),
        batch_sampler,
        getattr(batch_sampler, "sampler", None),
    ]


def _generators(batches: Any) -> list[Any]:
    import torch

    found = [getattr(part, "generator", None) for part in _parts(batches)]
    kept = [generator for generator in found if isinstance(generator, torch.Generator)]
    return list({id(generator): generator for generator in kept}.values())
