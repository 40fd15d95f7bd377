"""What is measured of one optimizer's parameters: the norm each step, at some the complete set."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_trainer.layers import samples
from neural_trainer.layers.readings import gradient_readings, unpacked
from neural_trainer.layers.reductions import (
    Part,
    Stack,
    by_shape,
    complete_set,
    joint,
    local,
    norms,
    stacked_whole,
    vector,
)
from neural_trainer.layers.watched import Watched

Floats = NDArray[np.float32]


class Complete(NamedTuple):
    """The complete set of a step, on its device. numbers: (n,); `readings` makes it statistics."""

    numbers: Tensor
    readings: Callable[[Floats, float], Floats]


class _Directions(NamedTuple):
    """Where gradients pointed at a step. form: what has to be alike for a comparison."""

    form: Any
    stacks: list[Stack]


class Measurement:
    """Measures parameters that one optimizer steps; nothing here waits for their device.

    A complete set is begun by `begin` with the gradients as they are then, and ended by `end`, once
    the optimizer has stepped. At the step before, `keep_directions` keeps where gradients point.
    """

    def __init__(self, watched: Sequence[Watched], *, on_host: bool | None = None) -> None:
        """on_host: whether the device needs no waiting for; told by the device unless given."""
        self.watched = list(watched)
        self._tensors: list[Tensor] = [one.tensor for one in watched]
        self._numel = np.array([max(local(t).numel(), 1) for t in self._tensors], np.float64)
        devices = {tensor.device.type for tensor in self._tensors}
        self._on_host = devices == {"cpu"} if on_host is None else on_host
        self.is_sharded = any(hasattr(t, "to_local") for t in self._tensors)
        self._odd = {i for i, t in enumerate(self._tensors) if not _is_plain(t)}
        self._weights: tuple[Any, list[Tensor], list[list[int]]] = (None, [], [])
        self._directions: _Directions | None = None
        self._begun: tuple[list[int], list[Part], list[Stack]] | None = None

    @torch.no_grad()
    def norm(self) -> Tensor | None:
        """Return the L2 norm of all gradients, on their device; None where there is none."""
        return joint(norms(self._gradients()[1]))

    @torch.no_grad()
    def norms_by_sharding(self) -> tuple[Tensor, Tensor | None, Tensor]:
        """Return norms of what is sharded, of what every process holds, and of this one's parts.

        The squares of the first are multiplied by the number of shards, so that their mean over all
        processes is that of the whole, however often each shard is held.
        """
        parts: dict[int, list[Tensor]] = {}
        for tensor in self._tensors:
            if tensor.grad is not None:
                parts.setdefault(_num_shards(tensor.grad), []).append(local(tensor.grad))
        found = {num: joint(norms(some)) for num, some in parts.items()}
        shared = found.pop(0, None)
        own = [norm * num**0.5 for num, norm in found.items() if norm is not None]
        here = joint([norm for norm in (*found.values(), shared) if norm is not None])
        nothing = torch.zeros((), device=local(self._tensors[0]).device)
        spread = joint(own)
        return (
            nothing if spread is None else spread, shared, nothing if here is None else here,
        )  # fmt: skip

    @torch.no_grad()
    def begin(self) -> Tensor | None:
        """Take the gradients and weights as they are before a step; return the norm of all."""
        self._begun = None
        index, gradients = self._gradients()
        if not index:
            return None
        groups, large = by_shape(gradients)
        small = [stacked_whole(gradients, which) for which in groups]
        parts = complete_set(gradients, small, large, self._on_host)
        found = [part.numbers for part in parts if part.what == "norm"]
        parts += self._compared(self._directions_of(index, gradients, small, groups, large))
        weights = self._held(index)
        before = self._sampled_weights(index, weights)
        parts += _norms_of("weight", before)
        parts += _weight_norms(weights, before)
        self._begun = (index, parts, before)
        return joint([torch.linalg.vector_norm(norms) for norms in found])

    @torch.no_grad()
    def end(self) -> Complete | None:
        """Take what the step has moved; None where no set was begun or the step was skipped."""
        if self._begun is None:
            return None
        index, parts, before = self._begun
        self._begun = None
        after = self._sampled_weights(index, self._held(index))
        moved = [
            Stack(old.which, new.rows - old.rows) for old, new in zip(before, after, strict=True)
        ]
        parts += _norms_of("update", moved)
        places = [(part.what, [index[i] for i in part.which]) for part in parts]
        readings = partial(_readings, places, self._numel)
        return Complete(vector([part.numbers for part in parts]), readings)

    @torch.no_grad()
    def keep_directions(self) -> None:
        """Keep where the gradients point now, for the cosine in the next complete set."""
        index, gradients = self._gradients()
        self._directions = self._directions_of(index, gradients, [], *by_shape(gradients))

    def forget_directions(self) -> None:
        """Drop where the gradients pointed: the next complete set is not of the step after."""
        self._directions = None

    def same_parameters(self, watched: Sequence[Watched]) -> bool:
        """Return whether these are the parameters that are measured here."""
        return len(watched) == len(self._tensors) and all(
            one.tensor is tensor for one, tensor in zip(watched, self._tensors, strict=True)
        )

    def _gradients(self) -> tuple[list[int], list[Tensor]]:
        """Return which tensors have a gradient, and what this process holds of each."""
        index, found = [], []
        for i, tensor in enumerate(self._tensors):
            gradient = tensor.grad
            if gradient is not None:
                index.append(i)
                found.append(gradient)
                if gradient.is_sparse:
                    self._odd.add(i)
        if self._odd:
            found = [local(g) if i in self._odd else g for i, g in zip(index, found, strict=True)]
        return index, found

    def _held(self, index: list[int]) -> list[Tensor]:
        """Return what this process holds of the weights."""
        tensors, odd = self._tensors, self._odd
        return [local(tensors[i]) if i in odd else tensors[i] for i in index]

    def _sampled_weights(self, index: list[int], weights: list[Tensor]) -> list[Stack]:
        """Return samples of weights, through views kept while the weights stay in place."""
        form = (tuple(index), tuple(weight.data_ptr() for weight in weights))
        if form != self._weights[0]:
            views = [samples.view(weight) for weight in weights]
            copied = any(v.data_ptr() != w.data_ptr() for v, w in zip(views, weights, strict=True))
            self._weights = (None if copied else form, views, samples.alike(views))
        return samples.of_views(self._weights[1], self._weights[2])

    def _compared(self, now: _Directions) -> list[Part]:
        """Return what tells the angle to the gradients of the step before, where it was kept."""
        last, self._directions = self._directions, now
        if last is None or last.form != now.form:
            return []
        parts = _norms_of("gradient", now.stacks) + _norms_of("before", last.stacks)
        for new, old in zip(now.stacks, last.stacks, strict=True):
            parts.append(Part("dot", new.which, (new.rows * old.rows).sum(1)))
        return parts

    def _directions_of(
        self, index: list[int], gradients: list[Tensor], small: Sequence[Stack],
        groups: list[list[int]], large: list[int],
    ) -> _Directions:  # fmt: skip
        """Return samples of gradients, of small ones from their stacks where these are there."""
        sparse = {i for i in self._odd if _is_sparse(self._tensors[i].grad)}
        taken: list[Stack] = []
        for place, which in enumerate(groups):
            if sparse and not sparse.isdisjoint(index[i] for i in which):
                continue
            if small and all(gradients[i].is_contiguous() for i in which):
                taken.append(samples.of_stack(small[place]))
            else:
                taken.append(samples.stacked(gradients, which))
        rest = [i for i in large if index[i] not in sparse]
        views = [samples.view(gradients[i]) for i in rest]
        for which in samples.alike(views):
            taken.append(samples.stacked(gradients, [rest[i] for i in which]))
        layout = [gradients[i].stride() for stack in taken for i in stack.which]
        return _Directions((index, layout, [stack.rows.shape for stack in taken]), taken)


def _readings(
    places: list[tuple[str, list[int]]], numel: NDArray[np.float64], numbers: Floats, scale: float
) -> Floats:
    return gradient_readings(unpacked(places, numbers, len(numel)), numel, scale)


def _norms_of(what: str, stacks: Sequence[Stack]) -> list[Part]:
    return [
        Part(what, stack.which, torch.linalg.vector_norm(stack.rows, dim=1)) for stack in stacks
    ]


def _weight_norms(weights: list[Tensor], sampled: Sequence[Stack]) -> list[Part]:
    """Return the norms of weights; of those that were sampled whole, that of the sample."""
    sizes = [weight.numel() for weight in weights]
    whole = [s for s in sampled if all(sizes[i] == s.rows.shape[1] for i in s.which)]
    done = {i for stack in whole for i in stack.which}
    rest = [i for i, weight in enumerate(weights) if i not in done]
    parts = _norms_of("weight_norm", whole)
    if rest:
        found = norms([weights[i] for i in rest])
        parts.append(Part("weight_norm", rest, vector(found)))
    return parts


def _num_shards(gradient: Any) -> int:
    """Return into how many parts a gradient is split over processes; 0 where each holds it."""
    if not hasattr(gradient, "to_local"):
        return 0
    placed = enumerate(gradient.placements)
    return math.prod(gradient.device_mesh.size(dim) for dim, how in placed if how.is_shard())


def _is_plain(tensor: Tensor) -> bool:
    """Return whether dense gradients of a parameter can be taken as they are."""
    return not (tensor.is_complex() or hasattr(tensor, "to_local"))


def _is_sparse(gradient: Tensor | None) -> bool:
    return gradient is not None and gradient.is_sparse
