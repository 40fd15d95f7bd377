"""What is measured of one optimizer's parameters: the norm each step, at some the complete set."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_trainer.layers.layout import SPARSE, Layout
from neural_trainer.layers.readings import gradient_readings, unpacked
from neural_trainer.layers.reductions import (
    Part,
    joint,
    large_set,
    local,
    nonfinite_on_host,
    norms,
    norms_alike,
    small_set,
    vector,
    widened,
)
from neural_trainer.layers.samples import Joined, Samples, Views, view
from neural_trainer.layers.segments import laid
from neural_trainer.layers.watched import Watched

Floats = NDArray[np.float32]
MOST_LAYOUTS = 8  # kept: which parameters have a gradient may alternate, as in a GAN


class Complete(NamedTuple):
    """The complete set of a step, on its device. numbers: (n,); `readings` makes it statistics."""

    numbers: Tensor
    readings: Callable[[Floats, float], Floats]


class _Directions(NamedTuple):
    """Where gradients pointed at a step, in samples whose order is that of their memory.

    strides: of the gradients that were not copied first: they have to be alike for a comparison.
    """

    layout: Layout
    strides: list[tuple[int, ...]]
    samples: list[Samples]


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
        self._layout = Layout((), (), self._on_host)
        self._layouts: dict[Any, Layout] = {}
        self._weights: tuple[Any, Views | None] = (None, None)
        self._directions: _Directions | None = None
        self._begun: tuple[Layout, list[Part], list[Samples]] | None = None

    @torch.no_grad()
    def norm(self) -> Tensor | None:
        """Return the L2 norm of all gradients, on their device; None where there is none."""
        layout, gradients = self._gradients()
        found = [torch.linalg.vector_norm(_laid(gradients, which)) for which in layout.tiny]
        for which in layout.beside_tiny:
            found += norms_alike(_those(gradients, which))
        return joint(found)

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
        layout, gradients = self._gradients()
        if not layout.index:
            return None
        parts: list[Part] = []
        pointing: list[Samples] = []
        for segments, picks in layout.small:  # one after the other: each is a copy
            values = _laid(gradients, segments.which)
            parts += small_set(values, segments)
            pointing.append(picks.of(values))
        large = [i for i in layout.large if _held(gradients, i).numel()]
        parts += large_set(_those(gradients, large), large, self._on_host)
        found = [part.numbers for part in parts if part.what == "norm"]
        if self._on_host:
            parts += nonfinite_on_host(gradients, parts)
        parts += self._compared(self._directions_of(layout, gradients, pointing))
        weights = self._weights_of(layout)
        views = self._views(layout, weights)
        before = views.read()
        sampled = [one.norms("weight") for one in before]
        parts += sampled + _weight_norms(layout, weights, views, sampled)
        self._begun = (layout, parts, before)
        return joint([torch.linalg.vector_norm(norms) for norms in found])

    @torch.no_grad()
    def end(self) -> Complete | None:
        """Take what the step has moved; None where no set was begun or the step was skipped."""
        if self._begun is None:
            return None
        layout, parts, before = self._begun
        self._begun = None
        views = self._views(layout, self._weights_of(layout))
        for new, old in zip(views.read(), before, strict=True):
            parts.append(Samples(new.segments, new.values.sub_(old.values)).norms("update"))
        places = [(part.what, part.which) for part in parts]
        readings = partial(_readings, places, self._numel)
        return Complete(vector([part.numbers for part in parts]), readings)

    @torch.no_grad()
    def keep_directions(self) -> None:
        """Keep where the gradients point now, for the cosine in the next complete set."""
        layout, gradients = self._gradients()
        pointing = [picks.of(_laid(gradients, own.which)) for own, picks in layout.small]
        self._directions = self._directions_of(layout, gradients, pointing)

    def forget_directions(self) -> None:
        """Drop where the gradients pointed: the next complete set is not of the step after."""
        self._directions = None

    def same_parameters(self, watched: Sequence[Watched]) -> bool:
        """Return whether these are the parameters that are measured here."""
        return len(watched) == len(self._tensors) and all(
            one.tensor is tensor for one, tensor in zip(watched, self._tensors, strict=True)
        )

    def _gradients(self) -> tuple[Layout, list[Tensor | None]]:
        """Return what this process holds of each tensor's gradient, and how they are measured."""
        found = [tensor.grad for tensor in self._tensors]
        form = [None if g is None else SPARSE if g.is_sparse else g.dtype for g in found]
        if form != self._layout.form:
            self._layout = self._layout_of(form, found)
        for i in self._odd | self._layout.sparse if self._layout.sparse else self._odd:
            gradient = found[i]
            found[i] = gradient if gradient is None else local(gradient)
        return self._layout, found

    def _layout_of(self, form: list[Any], found: list[Tensor | None]) -> Layout:
        known = self._layouts.get(tuple(form))
        if known is None:
            if len(self._layouts) >= MOST_LAYOUTS:
                self._layouts.clear()
            held = [None if g is None else local(g) for g in found]
            known = self._layouts[tuple(form)] = Layout(form, held, self._on_host)
        return known

    def _weights_of(self, layout: Layout) -> list[Tensor]:
        """Return what this process holds of the weights whose gradients are measured."""
        tensors, odd = self._tensors, self._odd
        return [local(tensors[i]) if i in odd else tensors[i] for i in layout.index]

    def _views(self, layout: Layout, weights: list[Tensor]) -> Views:
        """Return samples of weights as views, kept while the weights stay in place."""
        at = [weight.data_ptr() for weight in weights]
        form, views = self._weights
        if views is None or form is None or form[0] is not layout or form[1] != at:
            views = Views(weights, layout.index, layout.chunk, self._on_host)
            # A view that had to be a copy does not follow its weight.
            self._weights = ((layout, at) if views.at == at else None, views)
        return views

    def _compared(self, now: _Directions) -> list[Part]:
        """Return what tells the angle to the gradients of the step before, where it was kept."""
        last, self._directions = self._directions, now
        if last is None or last.layout is not now.layout or last.strides != now.strides:
            return []
        parts = [one.norms("gradient") for one in now.samples]
        parts += [one.norms("before") for one in last.samples]
        return parts + [new.dots(old) for new, old in zip(now.samples, last.samples, strict=True)]

    def _directions_of(
        self, layout: Layout, gradients: Sequence[Tensor | None], small: list[Samples]
    ) -> _Directions:
        """Return samples of gradients. small: of those that were laid into vectors."""
        large = small[:]
        for segments in layout.compared:
            views = [view(_held(gradients, i)) for i in segments.which]
            large.append(Samples(segments, widened(Joined(views, self._on_host).read())))
        which = chain.from_iterable(segments.which for segments in layout.compared)
        return _Directions(layout, [_held(gradients, i).stride() for i in which], large)


def _readings(
    places: list[tuple[str, Any]], numel: NDArray[np.float64], numbers: Floats, scale: float
) -> Floats:
    return gradient_readings(unpacked(places, numbers, len(numel)), numel, scale)


def _held(gradients: Sequence[Tensor | None], place: int) -> Tensor:
    gradient = gradients[place]
    assert gradient is not None
    return gradient


def _those(gradients: Sequence[Tensor | None], which: Iterable[int]) -> list[Tensor]:
    return [gradient for i in which if (gradient := gradients[i]) is not None]


def _laid(gradients: Sequence[Tensor | None], which: Iterable[int]) -> Tensor:
    """Return the elements of gradients, one after the other, in a type to sum up in."""
    return widened(laid(_those(gradients, which)))


def _weight_norms(
    layout: Layout, weights: list[Tensor], views: Views, sampled: list[Part]
) -> list[Part]:
    """Return the norms of weights; of those that were sampled whole, that of the sample."""
    parts = [
        Part("weight_norm", which[:num], numbers[:num])
        for num, (_, which, numbers) in zip(views.num_whole, sampled, strict=True)
    ]
    if views.parts:
        found = norms([weights[i] for i in views.parts])
        parts.append(Part("weight_norm", [layout.index[i] for i in views.parts], vector(found)))
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
