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

from neural_trainer.layers.fused import Fused, Numbers, fusible, kernels_for
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

    order: of elements in the memory of gradients that were not copied first: it has to be alike for
    a comparison. fused: samples that kernels took.
    """

    layout: Layout
    order: list[Any]
    samples: list[Samples]
    fused: list[Tensor]


class _Begun(NamedTuple):
    """What was measured before a step, and samples of weights then."""

    layout: Layout
    parts: list[Part]
    told: list[Numbers]
    samples: list[Samples]
    fused: list[Tensor]


class Measurement:
    """Measures parameters that one optimizer steps; nothing here waits for their device.

    A complete set is begun by `begin` with the gradients as they are then, and ended by `end`, once
    the optimizer has stepped. At the step before, `keep_directions` keeps where gradients point.
    """

    def __init__(
        self, watched: Sequence[Watched], *, on_host: bool | None = None, fused: bool | None = None
    ) -> None:
        """on_host: whether the device needs no waiting for; told by the device unless given.

        fused: whether kernels of layers/kernels.py measure what they can read; where not given, on
        the devices that run them.
        """
        self.watched = list(watched)
        self._tensors: list[Tensor] = [one.tensor for one in watched]
        self._numel = np.array([max(local(t).numel(), 1) for t in self._tensors], np.float64)
        devices = {tensor.device.type for tensor in self._tensors}
        self._on_host = devices == {"cpu"} if on_host is None else on_host
        self.is_sharded = any(hasattr(t, "to_local") for t in self._tensors)
        self._fused = fused
        if fused is None:  # compiled here, not in a step
            for tensor in self._tensors:
                kernels_for(tensor.device, tensor.dtype)
        self._odd = {i for i, t in enumerate(self._tensors) if not _is_plain(t)}
        self._layout = Layout((), (), self._on_host)
        self._layouts: dict[Any, Layout] = {}
        self._weights: tuple[Any, Views | None] = (None, None)
        self._directions: _Directions | None = None
        self._begun: _Begun | None = None

    @torch.no_grad()
    def norm(self) -> Tensor | None:
        """Return the L2 norm of all gradients, on their device; None where there is none."""
        layout, gradients = self._gradients()
        found = [torch.linalg.vector_norm(_laid(gradients, which)) for which in layout.tiny]
        for which in layout.beside_tiny:
            found += norms_alike(_those(gradients, which))
        return joint(found + layout.fused.norms())

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
        weights = self._weights_held()
        layout, gradients = self._gradients(weights)
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
        found = [torch.linalg.vector_norm(one.numbers) for one in parts if one.what == "norm"]
        if self._on_host:
            parts += nonfinite_on_host(gradients, parts)
        now = self._directions_of(layout, gradients, pointing)
        last = self._comparable(now)
        parts += _compared(now, last)
        fused = layout.fused.begin(None if last is None else last.fused)
        samples = [one.samples for one in fused]
        self._directions = now._replace(fused=samples)
        measured = [weights[i] for i in layout.rest]
        views = self._views(layout, measured)
        before = views.read()
        sampled = [one.norms("weight") for one in before]
        parts += sampled + _weight_norms(layout, measured, views, sampled)
        told = [numbers for one in fused for numbers in one.told]
        self._begun = _Begun(layout, parts, told, before, samples)
        return joint(found + [one.norm for one in fused])

    @torch.no_grad()
    def end(self) -> Complete | None:
        """Take what the step has moved; None where no set was begun or the step was skipped."""
        if self._begun is None:
            return None
        layout, parts, told, before, fused = self._begun
        self._begun = None
        weights = self._weights_held()
        if not layout.fused.takes_weights(weights):  # others than those the set was begun with
            return None
        views = self._views(layout, [weights[i] for i in layout.rest])
        for new, old in zip(views.read(), before, strict=True):
            parts.append(Samples(new.segments, new.values.sub_(old.values)).norms("update"))
        told += layout.fused.end(fused)
        places: list[tuple[str, Any]] = [(part.what, part.which) for part in parts]
        places += chain.from_iterable(one.places for one in told)
        numbers = [part.numbers for part in parts] + [one.numbers for one in told]
        return Complete(vector(numbers), partial(_readings, places, self._numel))

    @torch.no_grad()
    def keep_directions(self) -> None:
        """Keep where the gradients point now, for the cosine in the next complete set."""
        layout, gradients = self._gradients()
        pointing = [picks.of(_laid(gradients, own.which)) for own, picks in layout.small]
        now = self._directions_of(layout, gradients, pointing)
        self._directions = now._replace(fused=layout.fused.samples())

    def forget_directions(self) -> None:
        """Drop where the gradients pointed: the next complete set is not of the step after."""
        self._directions = None

    def same_parameters(self, watched: Sequence[Watched]) -> bool:
        """Return whether these are the parameters that are measured here."""
        return len(watched) == len(self._tensors) and all(
            one.tensor is tensor for one, tensor in zip(watched, self._tensors, strict=True)
        )

    def _gradients(self, weights: list[Tensor] | None = None) -> tuple[Layout, list[Tensor | None]]:
        """Return what this process holds of each tensor's gradient, and how they are measured.

        weights: those that are measured with them, if they are.
        """
        found = [tensor.grad for tensor in self._tensors]
        form = [None if g is None else SPARSE if g.is_sparse else g.dtype for g in found]
        if form != self._layout.form:
            self._layout = self._layout_of(form, found)
        for i in self._odd | self._layout.sparse if self._layout.sparse else self._odd:
            gradient = found[i]
            found[i] = gradient if gradient is None else local(gradient)
        fused = self._layout.fused
        if not fused.takes_gradients(found) or (weights and not fused.takes_weights(weights)):
            del self._layouts[tuple(form)]
            self._layout = self._layout_of(form, found)
            self._layout.fused.takes_gradients(found)
        return self._layout, found

    def _layout_of(self, form: list[Any], found: list[Tensor | None]) -> Layout:
        known = self._layouts.get(tuple(form))
        if known is None:
            if len(self._layouts) >= MOST_LAYOUTS:
                self._layouts.clear()
            held = [None if g is None else local(g) for g in found]
            fused = self._fused_of(held) if self._fused is not False else None
            known = self._layouts[tuple(form)] = Layout(form, held, self._on_host, fused)
        return known

    def _fused_of(self, gradients: list[Tensor | None]) -> Fused:
        weights = self._weights_held()
        which = fusible(gradients, weights, everywhere=self._fused is True)
        return Fused(which, weights)

    def _weights_held(self) -> list[Tensor]:
        """Return what this process holds of the tensors."""
        tensors, odd = self._tensors, self._odd
        return (
            [local(one) if i in odd else one for i, one in enumerate(tensors)] if odd else tensors
        )

    def _views(self, layout: Layout, weights: list[Tensor]) -> Views:
        """Return samples of the weights that no kernel reads as views, kept while they stay."""
        at = [weight.data_ptr() for weight in weights]
        form, views = self._weights
        if views is None or form is None or form[0] is not layout or form[1] != at:
            views = Views(weights, layout.rest, layout.chunk, self._on_host)
            # A view that had to be a copy does not follow its weight.
            self._weights = ((layout, at) if views.at == at else None, views)
        return views

    def _comparable(self, now: _Directions) -> _Directions | None:
        """Return where gradients pointed at the step before, where that was kept and lies alike."""
        last, self._directions = self._directions, None
        alike = last is not None and last.layout is now.layout and last.order == now.order
        return last if alike else None

    def _directions_of(
        self, layout: Layout, gradients: Sequence[Tensor | None], small: list[Samples]
    ) -> _Directions:
        """Return samples of gradients. small: of those that were laid into vectors."""
        samples = small[:]
        for segments in layout.compared:
            views = [view(_held(gradients, i)) for i in segments.which]
            samples.append(Samples(segments, widened(Joined(views, self._on_host).read())))
        which = chain.from_iterable(segments.which for segments in layout.compared)
        order = [_held(gradients, i).stride() for i in which] + layout.fused.order()
        return _Directions(layout, order, samples, [])


def _compared(now: _Directions, last: _Directions | None) -> list[Part]:
    """Return what tells the angle between gradients of two steps."""
    if last is None:
        return []
    parts = [one.norms("gradient") for one in now.samples]
    parts += [one.norms("before") for one in last.samples]
    return parts + [new.dots(old) for new, old in zip(now.samples, last.samples, strict=True)]


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
        parts.append(Part("weight_norm", [layout.rest[i] for i in views.parts], vector(found)))
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
