"""What is computed from gradients and weights on their device: few operators, no wait for it.

Each number is one element of a vector that is carried to the host; what is said of a layer is
computed there (layers/readings.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# Elements; smaller tensors of one size are stacked and reduced together, which costs a copy and
# saves the start of five operators a tensor.
SMALL = 1 << 14
SAMPLE = 4096  # elements of a tensor on which updates and directions are measured


@dataclass(frozen=True)
class Part:
    """Numbers of one kind: `what` of the tensors `index`, in their order."""

    what: str
    index: Sequence[int]


def local(tensor: Tensor) -> Tensor:
    """Return what this process holds of a tensor, dense and real, without a gradient."""
    tensor = tensor.detach()
    if hasattr(tensor, "to_local"):  # a DTensor, as FSDP2 makes them
        tensor = tensor.to_local()
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def wide(dtype: torch.dtype) -> torch.dtype:
    """Return the type in which numbers of `dtype` are summed up."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def norms(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return the L2 norm of each tensor, as tensors of no dimension on their devices."""
    done: list[Tensor | None] = [None] * len(tensors)
    for indices in _alike(tensors):
        some = [tensors[i] for i in indices]
        dtype = wide(some[0].dtype)
        if dtype == some[0].dtype:
            found = torch._foreach_norm(some, 2)
        else:
            found = torch._foreach_norm(some, 2, dtype=dtype)
        for i, norm in zip(indices, found, strict=True):
            done[i] = norm
    return [norm for norm in done if norm is not None]


def joint(norms: Sequence[Tensor]) -> Tensor | None:
    """Return the L2 norm of a vector whose parts have these norms; None where there are none."""
    if not norms:
        return None
    device, dtype = norms[0].device, norms[0].dtype
    same = all(norm.device == device and norm.dtype == dtype for norm in norms)
    moved = list(norms) if same else [norm.to(device, torch.float64) for norm in norms]
    total: Tensor = torch.linalg.vector_norm(torch.stack(moved))
    return total


def _alike(tensors: Sequence[Tensor]) -> list[list[int]]:
    """Return the indices of tensors of one device and type together."""
    groups: dict[tuple[torch.device, torch.dtype], list[int]] = {}
    for i, tensor in enumerate(tensors):
        groups.setdefault((tensor.device, tensor.dtype), []).append(i)
    return list(groups.values())


class Reductions:
    """The complete set of one step's tensors, for tensors of one layout.

    The vector's parts are in `parts`, in the order of the vector.
    """

    def __init__(self, gradients: Sequence[Tensor], *, on_host: bool) -> None:
        """Plan for tensors like these. on_host: their device needs no waiting for."""
        self.parts: list[Part] = []
        self._on_host = on_host
        self._large = [i for i, g in enumerate(gradients) if g.numel() > SMALL]
        groups: dict[tuple[int, torch.dtype, torch.device], list[int]] = {}
        for i, g in enumerate(gradients):
            if 0 < g.numel() <= SMALL:
                groups.setdefault((g.numel(), g.dtype, g.device), []).append(i)
        self._small = list(groups.values())

    def measure(self, gradients: Sequence[Tensor], weights: Sequence[Tensor]) -> list[Tensor]:
        """Return vectors of no more than a few hundred operators; `parts` says what they hold."""
        self.parts, out = [], list[Tensor]()

        def put(what: str, index: Sequence[int], numbers: Tensor) -> None:
            self.parts.append(Part(what, index))
            out.append(numbers)

        if self._large:
            large = [gradients[i] for i in self._large]
            put("norm", self._large, _stack(norms(large)))
            self._put_extremes(large, put)
            put("sum", self._large, _stack([g.sum(dtype=wide(g.dtype)) for g in large]))
            put("nonzero", self._large, _stack([torch.count_nonzero(g) for g in large]))
            if not self._on_host:
                # Zero times what is not finite is NaN, which counts as nonzero.
                broken = [torch.count_nonzero(g * 0) for g in large]
                put("nonfinite", self._large, _stack(broken))
        for index in self._small:
            rows = torch.stack([gradients[i].reshape(-1) for i in index])
            rows = rows.to(wide(rows.dtype))
            put("norm", index, torch.linalg.vector_norm(rows, dim=1))
            put("low", index, rows.amin(1))
            put("high", index, rows.amax(1))
            put("sum", index, rows.sum(1))
            put("nonzero", index, torch.count_nonzero(rows, dim=1))
            if not self._on_host:
                put("nonfinite", index, torch.count_nonzero(rows * 0, dim=1))
        put("weight_norm", range(len(weights)), _stack(norms(weights)))
        if self._on_host:
            self._put_nonfinite(gradients, out, put)
        return out

    def _put_extremes(self, large: list[Tensor], put: Any) -> None:
        if self._on_host:
            pairs = [torch.aminmax(g) for g in large]
            put("low", self._large, _stack([pair.min for pair in pairs]))
            put("high", self._large, _stack([pair.max for pair in pairs]))
        else:
            inf = float("inf")
            put("high", self._large, _stack(list(torch._foreach_norm(large, inf))))

    def _put_nonfinite(self, gradients: Sequence[Tensor], out: list[Tensor], put: Any) -> None:
        """Count what is not finite where an extreme says that there is some."""
        suspects: list[int] = []
        for part, numbers in zip(list(self.parts), out, strict=True):
            if part.what == "high" or part.what == "low":
                broken = (~numbers.isfinite()).numpy().nonzero()[0]
                suspects += [part.index[i] for i in broken.tolist()]
        index = sorted(set(suspects))
        if index:
            put("nonfinite", index, _stack([(~gradients[i].isfinite()).sum() for i in index]))


def _stack(numbers: Sequence[Tensor]) -> Tensor:
    device = numbers[0].device
    return torch.stack([one if one.device == device else one.to(device) for one in numbers])


def vector(parts: Sequence[Tensor]) -> Tensor:
    """Return numbers of any types as one float32 vector on the first one's device."""
    device = parts[0].device
    return torch.cat([part.to(device, torch.float32).reshape(-1) for part in parts])


def stacked(numbers: Iterable[Tensor]) -> Tensor:
    """Return tensors of one element as one vector on the first one's device, of the widest type."""
    each = [number.reshape(1) for number in numbers]
    device = each[0].device
    return torch.cat([one if one.device == device else one.to(device) for one in each])


class Samples:
    """At most SAMPLE elements of each tensor: what a step moved, and where gradients point.

    No second copy of the model is held. Tensors are sampled evenly in the order of their memory.
    """

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        """Plan for tensors of these sizes, types and devices."""
        groups: dict[tuple[int, torch.dtype, torch.device], list[int]] = {}
        for i, tensor in enumerate(tensors):
            if tensor.numel():
                size = min(tensor.numel(), SAMPLE)
                groups.setdefault((size, tensor.dtype, tensor.device), []).append(i)
        self.groups = list(groups.values())

    def of(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Return for each group its samples, (tensors of the group, size of their sample)."""
        taken = []
        for index in self.groups:
            rows = torch.stack([sampled(tensors[i]) for i in index])
            taken.append(rows.to(wide(rows.dtype)))
        return taken


def sampled(tensor: Tensor) -> Tensor:
    """Return at most SAMPLE elements of a tensor, evenly, (n,); a view where its memory allows."""
    size = tensor.numel()
    if size <= SAMPLE:
        return tensor.reshape(-1)
    stride = size // SAMPLE
    stride -= stride % 2 == 0  # odd: else all may lie in one column of a matrix
    if is_dense(tensor):
        return torch.as_strided(tensor, (SAMPLE,), (stride,), tensor.storage_offset())
    return tensor.reshape(-1)[: SAMPLE * stride : stride]


def is_dense(tensor: Tensor) -> bool:
    """Return whether the elements of a tensor fill its stretch of memory, in whatever order."""
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1:
            if stride != expected:
                return False
            expected *= size
    return True
