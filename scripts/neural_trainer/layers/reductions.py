"""What is computed of gradients and weights on their device: few operators, no wait for it.

Each number is one element of a vector that is carried to the host; what is said of a layer is
computed there (layers/readings.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

# Elements; smaller tensors of one shape are stacked and reduced together, which costs a copy and
# saves the start of five operators a tensor.
SMALL = 1 << 16


class Part(NamedTuple):
    """Numbers of one kind: `what` of the tensors `which`, in their order."""

    what: str
    which: Sequence[int]
    numbers: Tensor


class Stack(NamedTuple):
    """Tensors of one shape in one matrix. which they are; rows: (len(which), elements)."""

    which: Sequence[int]
    rows: Tensor


def local(tensor: Tensor) -> Tensor:
    """Return what this process holds of a tensor, dense and real, without a gradient."""
    tensor = tensor.detach()
    if hasattr(tensor, "to_local"):  # a DTensor, as FSDP2 makes them
        tensor = tensor.to_local()
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def wide(dtype: torch.dtype) -> torch.dtype:
    """Return the type in which numbers of `dtype` are summed up."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def norms(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return the L2 norm of each tensor, as tensors of no dimension on their devices."""
    done: list[Tensor | None] = [None] * len(tensors)
    for indices in _alike(tensors):
        some = [tensors[i] for i in indices] if len(indices) < len(tensors) else list(tensors)
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


def by_shape(tensors: Sequence[Tensor]) -> tuple[list[list[int]], list[int]]:
    """Return which small tensors are of one shape and type, and which are large.

    Empty ones are in neither.
    """
    groups: dict[tuple[torch.Size, torch.dtype, torch.device], list[int]] = {}
    large = []
    for i, tensor in enumerate(tensors):
        if tensor.numel() > SMALL:
            large.append(i)
        elif tensor.numel():
            groups.setdefault((tensor.shape, tensor.dtype, tensor.device), []).append(i)
    return list(groups.values()), large


def stacked_whole(tensors: Sequence[Tensor], which: Sequence[int]) -> Stack:
    """Return tensors of one shape stacked, in a type to sum up in."""
    rows = torch.stack([tensors[i] for i in which])
    rows = rows.flatten(1) if rows.dim() > 1 else rows.reshape(-1, 1)
    return Stack(which, rows if wide(rows.dtype) == rows.dtype else rows.to(wide(rows.dtype)))


def complete_set(
    gradients: Sequence[Tensor], small: Sequence[Stack], large: Sequence[int], on_host: bool
) -> list[Part]:
    """Return norm, extremes, sum and counts of gradients, the small ones among them stacked.

    On a device `high` is the largest magnitude of large tensors and `low` is missing there. On the
    host what is not finite is counted only where an extreme tells of some.
    """
    parts: list[Part] = []
    if large:
        some = [gradients[i] for i in large]
        found = _large_on_host(some) if on_host else _large_on_device(some)
        parts += [Part(what, large, numbers) for what, numbers in found.items()]
    for index, rows in small:
        parts.append(Part("norm", index, torch.linalg.vector_norm(rows, dim=1)))
        parts.append(Part("low", index, rows.amin(1)))
        parts.append(Part("high", index, rows.amax(1)))
        parts.append(Part("sum", index, rows.sum(1)))
        if on_host:
            zeros = rows.numpy() == 0
            counts = [rows.shape[1] - np.count_nonzero(row) for row in zeros]
            parts.append(Part("nonzero", index, _counts(counts)))
        else:
            parts.append(Part("nonzero", index, torch.count_nonzero(rows, dim=1)))
            parts.append(Part("nonfinite", index, torch.count_nonzero(rows * 0, dim=1)))
    return parts + (_nonfinite_on_host(gradients, parts) if on_host else [])


def _large_on_host(gradients: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return the numbers of each gradient in turn: what was read once is still in the cache."""
    each = []
    for g in gradients:
        dtype = wide(g.dtype)
        low, high = torch.aminmax(g)
        norm = torch.linalg.vector_norm(g, dtype=dtype)
        each.append((norm, low, high, g.sum(dtype=dtype), _nonzero_on_host(g)))
    *columns, nonzero = zip(*each, strict=True)
    names = ("norm", "low", "high", "sum")
    told = {what: _stack(numbers) for what, numbers in zip(names, columns, strict=True)}
    return {**told, "nonzero": _counts(nonzero)}


def _large_on_device(gradients: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return the numbers of all gradients, many in one kernel where that is to be had."""
    return {
        "norm": _stack(norms(gradients)),
        "high": _stack(list(torch._foreach_norm(list(gradients), float("inf")))),
        "sum": _stack([g.sum(dtype=wide(g.dtype)) for g in gradients]),
        "nonzero": _stack([torch.count_nonzero(g) for g in gradients]),
        # Zero times what is not finite is NaN, which counts as nonzero.
        "nonfinite": _stack([torch.count_nonzero(g * 0) for g in gradients]),
    }


def _nonzero_on_host(gradient: Tensor) -> int:
    """Return how many elements are not zero; numpy looks twice as fast as torch here."""
    if gradient.dtype in (torch.float32, torch.float64):
        return gradient.numel() - int(np.count_nonzero(gradient.numpy() == 0))
    return int(torch.count_nonzero(gradient))


def _nonfinite_on_host(gradients: Sequence[Tensor], parts: Sequence[Part]) -> list[Part]:
    """Return the count of what is not finite, of the tensors of which an extreme is not."""
    suspects = set[int]()
    for what, index, numbers in parts:
        if what in ("low", "high"):
            broken = ~np.isfinite(numbers.double().numpy())
            suspects.update(index[i] for i in np.flatnonzero(broken).tolist())
    index = sorted(suspects)
    counts = [int((~gradients[i].isfinite()).sum()) for i in index]
    return [Part("nonfinite", index, _counts(counts))] if index else []


def _counts(counts: Sequence[int]) -> Tensor:
    return torch.from_numpy(np.array(counts, np.float32))


def _stack(numbers: Sequence[Tensor]) -> Tensor:
    device = numbers[0].device
    return torch.stack([one if one.device == device else one.to(device) for one in numbers])


def vector(parts: Sequence[Tensor]) -> Tensor:
    """Return numbers of any types as one float32 vector on the first one's device."""
    device = parts[0].device
    return torch.cat([part.to(device, torch.float32).reshape(-1) for part in parts])


def stacked(numbers: Iterable[Tensor]) -> Tensor:
    """Return tensors of one element as one vector on the first one's device, of the widest type.

    Counts keep all their digits.
    """
    each = [number.reshape(1) for number in numbers]
    device = each[0].device
    return torch.cat([one.to(device, _type_of_number(one)) for one in each])


def _type_of_number(number: Tensor) -> torch.dtype:
    if number.is_floating_point():
        return wide(number.dtype)
    return torch.float32 if number.device.type == "mps" else torch.float64
