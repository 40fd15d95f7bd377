"""What is computed of gradients and weights on their device: few operators, no wait for it.

Each number is one element of a vector that is carried to the host; what is said of a layer is
computed there (layers/readings.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_trainer.layers.segments import Segments

# Elements; a larger tensor is looked at piece by piece on the host: what is made of one on the way,
# a copy in float32, where it is zero, stays small, and is read from the cache again.
PIECE = 1 << 18


class Part(NamedTuple):
    """Numbers of one kind: `what` of the tensors `which`, in their order."""

    what: str
    which: Sequence[int] | NDArray[np.intp]
    numbers: Tensor


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


def widened(values: Tensor) -> Tensor:
    """Return values in a type in which they are summed up."""
    dtype = wide(values.dtype)
    return values if dtype == values.dtype else values.to(dtype)


def norms(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return the L2 norm of each tensor, as tensors of no dimension on their devices."""
    done: list[Tensor | None] = [None] * len(tensors)
    for indices in _alike(tensors):
        some = [tensors[i] for i in indices] if len(indices) < len(tensors) else list(tensors)
        for i, norm in zip(indices, norms_alike(some), strict=True):
            done[i] = norm
    return [norm for norm in done if norm is not None]


def norms_alike(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return the L2 norm of each of tensors that are of one device and type."""
    dtype = wide(tensors[0].dtype)
    if dtype == tensors[0].dtype:
        return list(torch._foreach_norm(list(tensors), 2))
    if tensors[0].device.type == "cpu":
        return [_norm_by_pieces(tensor, dtype) for tensor in tensors]
    return list(torch._foreach_norm(list(tensors), 2, dtype=dtype))


def _norm_by_pieces(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Return an L2 norm in a wider type, which torch makes a copy for on the host."""
    each = [torch.linalg.vector_norm(piece, dtype=dtype) for piece in pieces(tensor)]
    total: Tensor = each[0] if len(each) == 1 else torch.linalg.vector_norm(torch.stack(each))
    return total


def pieces(tensor: Tensor) -> Sequence[Tensor]:
    """Return views of a tensor of some PIECE elements each, split along its first dimension."""
    size = tensor.numel()
    if size <= PIECE:
        return [tensor]
    return torch.split(tensor, max(1, PIECE * len(tensor) // size))


def joint(norms: Sequence[Tensor]) -> Tensor | None:
    """Return the L2 norm of a vector whose parts have these norms; None where there are none."""
    if len(norms) < 2:
        return norms[0] if norms else None
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


def small_set(values: Tensor, segments: Segments) -> list[Part]:
    """Return norm, extremes, sum and counts of gradients that lie in a vector.

    On the host what is not finite is not counted here: `nonfinite_on_host` does it.
    """
    found = {how: segments.reduced(how, values) for how in ("low", "high", "sum")}
    spare = values * values
    found["norm"] = segments.reduced("sum", spare).sqrt_()
    found["nonzero"] = segments.reduced("sum", torch.ne(values, 0, out=spare))
    if not segments.on_host:
        # Zero times what is not finite is NaN, which is not zero.
        found["nonfinite"] = segments.reduced("sum", torch.ne(values * 0, 0, out=spare))
    return [Part(what, segments.places, numbers) for what, numbers in found.items()]


def large_set(gradients: Sequence[Tensor], which: Sequence[int], on_host: bool) -> list[Part]:
    """Return the same of large gradients, `which` they are.

    On a device `high` is the largest magnitude and `low` is missing.
    """
    if not gradients:
        return []
    found = _large_on_host(gradients) if on_host else _large_on_device(gradients)
    return [Part(what, which, numbers) for what, numbers in found.items()]


def _large_on_host(gradients: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return the numbers of each gradient in turn: what was read once is still in the cache."""
    names = ("norm", "low", "high", "sum", "nonzero")
    table = np.empty((len(names), len(gradients)))
    for place, gradient in enumerate(gradients):
        told = [_of_piece(piece) for piece in pieces(gradient)]
        table[:, place] = told[0] if len(told) == 1 else _of_all(np.array(told))
    return {what: torch.from_numpy(row) for what, row in zip(names, table, strict=True)}


def _of_piece(piece: Tensor) -> tuple[float, ...]:
    """Return norm, extremes, sum and how many elements are not zero."""
    dtype = wide(piece.dtype)
    low, high = torch.aminmax(piece)
    if dtype == piece.dtype:
        norm, total = torch.linalg.vector_norm(piece), piece.sum()
        # numpy looks twice as fast as torch here.
        nonzero = piece.numel() - int(np.count_nonzero(piece.numpy() == 0))
    else:
        norm, total = torch.linalg.vector_norm(piece, dtype=dtype), piece.sum(dtype=dtype)
        nonzero = int(torch.count_nonzero(piece))
    return norm.item(), low.item(), high.item(), total.item(), nonzero


def _of_all(told: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the same of a tensor from that of its pieces, (pieces, 5)."""
    norms, lows, highs, sums, nonzero = told.T
    with np.errstate(all="ignore"):
        return math.hypot(*norms), lows.min(), highs.max(), sums.sum(), nonzero.sum()


def _large_on_device(gradients: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return the numbers of all gradients, many in one kernel where that is to be had."""
    return {
        "norm": _stack(norms(gradients)),
        "high": _stack(list(torch._foreach_norm(list(gradients), float("inf")))),
        "sum": _stack([g.sum(dtype=wide(g.dtype)) for g in gradients]),
        "nonzero": _stack([torch.count_nonzero(g) for g in gradients]),
        "nonfinite": _stack([torch.count_nonzero(g * 0) for g in gradients]),
    }


def nonfinite_on_host(gradients: Sequence[Tensor | None], parts: Sequence[Part]) -> list[Part]:
    """Return the count of what is not finite, of the tensors of which an extreme is not."""
    suspects = set[int]()
    for what, index, numbers in parts:
        if what in ("low", "high"):
            broken = np.flatnonzero(~np.isfinite(numbers.numpy()))
            suspects.update(int(index[i]) for i in broken.tolist())
    found = {i: gradient for i in sorted(suspects) if (gradient := gradients[i]) is not None}
    counts = [
        sum(piece.numel() - int(piece.isfinite().sum()) for piece in pieces(gradient))
        for gradient in found.values()
    ]
    return [Part("nonfinite", list(found), _counts(counts))] if found else []


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
