"""What is measured of one optimizer's parameters: the norm each step, at some the complete set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_trainer.layers.readings import Raw, gradient_readings, unpacked
from neural_trainer.layers.reductions import (
    Reductions,
    Samples,
    joint,
    local,
    norms,
    vector,
)
from neural_trainer.layers.watched import Watched

Floats = NDArray[np.float32]


class Complete(NamedTuple):
    """The complete set of a step, on its device. numbers: (n,); `readings` makes it statistics."""

    numbers: Tensor
    readings: Callable[[Floats, float], Floats]


class Measurement:
    """Measures parameters that one optimizer steps; nothing here waits for their device.

    A complete set is begun by `begin` with the gradients as they are then, and ended by `end`, once
    the optimizer has stepped. In between, `gradient_sample` may keep where a gradient points.
    """

    def __init__(self, watched: Sequence[Watched], *, on_host: bool | None = None) -> None:
        """on_host: whether the device needs no waiting for; told by the device unless given."""
        self.watched = list(watched)
        self._tensors: list[Tensor] = [one.tensor for one in watched]
        self._numel = np.array([max(local(t).numel(), 1) for t in self._tensors], np.float64)
        devices = {tensor.device.type for tensor in self._tensors}
        self._on_host = devices == {"cpu"} if on_host is None else on_host
        self._plain, self._others = list[int](), list(range(len(self._tensors)))
        self.is_sharded = any(hasattr(t, "to_local") for t in self._tensors)
        self._layout: tuple[Any, ...] = ()
        self._index: list[int] = []  # of the tensors that had a gradient when the set was begun
        self._dense: list[int] = []  # of these, the ones whose gradient is not sparse
        self._weight_samples, self._gradient_samples = Samples(()), Samples(())
        self._begun: list[Tensor] | None = None
        self._parts: list[tuple[str, Sequence[int]]] = []
        self._before: list[Tensor] = []
        self._last: tuple[tuple[Any, ...], list[Tensor]] | None = None

    @torch.no_grad()
    def norm(self) -> Tensor | None:
        """Return the L2 norm of all gradients, on their device; None where there is none."""
        return joint(norms(self._gradients()))

    @torch.no_grad()
    def norms_by_sharding(self) -> tuple[Tensor | None, Tensor | None]:
        """Return the norm of what only this process holds, and that of what every process holds."""
        own, shared = list[Tensor](), list[Tensor]()
        for tensor in self._tensors:
            if tensor.grad is not None:
                (own if hasattr(tensor.grad, "to_local") else shared).append(local(tensor.grad))
        return joint(norms(own)), joint(norms(shared))

    @torch.no_grad()
    def begin(self) -> Tensor | None:
        """Take the gradients and weights as they are before a step; return the norm of all."""
        self._begun = None
        index = [i for i, tensor in enumerate(self._tensors) if tensor.grad is not None]
        gradients = [local(_gradient(self._tensors[i])) for i in index]
        weights = [local(self._tensors[i]) for i in index]
        if not index:
            return None
        layout = self._plan(index, gradients, weights)
        set_of = Reductions(gradients, on_host=self._on_host)
        out = set_of.measure(gradients, weights)
        self._parts = [(part.what, [index[i] for i in part.index]) for part in set_of.parts]
        parts = zip(set_of.parts, out, strict=True)
        found = [numbers for part, numbers in parts if part.what == "norm"]
        self._before = self._weight_samples.of(weights)
        self._put_sampled("weight", self._weight_samples.groups, self._before, out)
        self._put_directions(layout, gradients, out)
        self._begun = out
        return joint([torch.linalg.vector_norm(norms) for norms in found])

    @torch.no_grad()
    def end(self) -> Complete | None:
        """Take what the step has moved; None where no set was begun or the step was skipped."""
        if self._begun is None:
            return None
        out, self._begun = self._begun, None
        weights = [local(self._tensors[i]) for i in self._index]
        after = self._weight_samples.of(weights)
        moved = [new - old for new, old in zip(after, self._before, strict=True)]
        self._put_sampled("update", self._weight_samples.groups, moved, out)
        self._before = []
        parts, num = list(self._parts), len(self._tensors)
        numel = self._numel

        def readings(numbers: Floats, scale: float) -> Floats:
            raw: Raw = unpacked(parts, numbers, num)
            return gradient_readings(raw, numel, scale)

        return Complete(vector(out), readings)

    @torch.no_grad()
    def gradient_sample(self) -> None:
        """Keep where the gradients point now, for the cosine in the next complete set."""
        index = [i for i, tensor in enumerate(self._tensors) if tensor.grad is not None]
        gradients = [local(_gradient(self._tensors[i])) for i in index]
        layout = self._plan(index, gradients, [local(self._tensors[i]) for i in index])
        self._last = (layout, self._directions(gradients)) if index else None

    def same_parameters(self, watched: Sequence[Watched]) -> bool:
        """Return whether these are the parameters that are measured here."""
        return len(watched) == len(self._tensors) and all(
            one.tensor is tensor for one, tensor in zip(watched, self._tensors, strict=True)
        )

    def _gradients(self) -> list[Tensor]:
        tensors = self._tensors
        plain = [tensors[i].grad for i in self._plain]
        found = [gradient for gradient in plain if gradient is not None]
        others = [tensors[i].grad for i in self._others]
        return found + [local(gradient) for gradient in others if gradient is not None]

    def _plan(
        self, index: list[int], gradients: Sequence[Tensor], weights: Sequence[Tensor]
    ) -> tuple[Any, ...]:
        """Plan anew where another set of parameters has gradients, or they lie otherwise."""
        sparse = [_gradient(self._tensors[i]).is_sparse for i in index]
        forms = [
            () if is_sparse else (g.shape, g.stride(), g.dtype)
            for g, is_sparse in zip(gradients, sparse, strict=True)
        ]
        layout = (tuple(index), tuple(forms))
        if layout != self._layout:
            self._layout, self._index = layout, index
            self._weight_samples = Samples(weights)
            self._dense = [i for i, is_sparse in enumerate(sparse) if not is_sparse]
            self._gradient_samples = Samples([gradients[i] for i in self._dense])
            odd = {i for i, is_sparse in zip(index, sparse, strict=True) if is_sparse}
            odd |= {i for i, t in enumerate(self._tensors) if not _is_plain(t)}
            self._plain = sorted(set(range(len(self._tensors))) - odd)
            self._others = sorted(odd)
        return layout

    def _directions(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        return self._gradient_samples.of([gradients[i] for i in self._dense])

    def _put_sampled(
        self, what: str, groups: Sequence[Sequence[int]], rows: list[Tensor], out: list[Tensor]
    ) -> None:
        for group, some in zip(groups, rows, strict=True):
            self._parts.append((what, [self._index[i] for i in group]))
            out.append(torch.linalg.vector_norm(some, dim=1))

    def _put_directions(
        self, layout: tuple[Any, ...], gradients: list[Tensor], out: list[Tensor]
    ) -> None:
        now = self._directions(gradients)
        if self._last is not None and self._last[0] == layout:
            before = self._last[1]
            groups = [[self._dense[i] for i in group] for group in self._gradient_samples.groups]
            self._put_sampled("gradient", groups, now, out)
            self._put_sampled("before", groups, before, out)
            for group, new, old in zip(groups, now, before, strict=True):
                self._parts.append(("dot", [self._index[i] for i in group]))
                out.append((new * old).sum(1))
        self._last = (layout, now)


def _gradient(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


def _is_plain(tensor: Tensor) -> bool:
    """Return whether dense gradients of a parameter can be taken as they are."""
    return not (tensor.is_complex() or hasattr(tensor, "to_local"))
