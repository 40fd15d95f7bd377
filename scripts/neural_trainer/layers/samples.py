"""Samples of tensors: a few elements of each, spread evenly, by which steps are told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_trainer.layers.reductions import Part, widened
from neural_trainer.layers.segments import Segments, chunks

SAMPLE = 1024  # elements of a tensor: of values of like size a cosine is right to 1 / 32


class Samples(NamedTuple):
    """Samples of several tensors, one after the other. values: in a type to sum up in."""

    segments: Segments
    values: Tensor

    def norms(self, what: str) -> Part:
        """Return the L2 norm of each sample."""
        return Part(what, self.segments.places, self.segments.norms(self.values))

    def dots(self, other: Samples) -> Part:
        """Return the product of each sample with that of `other`."""
        products = self.segments.reduced("sum", self.values * other.values)
        return Part("dot", self.segments.places, products)


def stride_of(size: int) -> int:
    """Return the distance of sampled elements, odd: else all may lie in one column of a matrix.

    Samples of large tensors are of one size and leave up to a quarter of the end out for it; of
    small ones that would be half, the values of a joint bias, say.
    """
    if size <= SAMPLE:
        return 1
    return -(-size // SAMPLE) | 1 if size < 8 * SAMPLE else (size // SAMPLE - 1) | 1


def num_of(size: int) -> int:
    """Return how many of so many elements are sampled."""
    return min(SAMPLE, -(-size // stride_of(size)))


def view(tensor: Tensor) -> Tensor:
    """Return at most SAMPLE elements of a tensor, evenly, (n,); a view if its memory has no gaps.

    Taken in the order of the memory, so that a tensor and its gradient, laid out otherwise, may be
    sampled at other places.
    """
    num, stride, dense = _plan(tensor.shape, tensor.stride())
    if dense:
        return torch.as_strided(tensor, (num,), (stride,), tensor.storage_offset())
    return tensor.reshape(-1)[: num * stride : stride]


@cache
def _plan(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, int, bool]:
    size = math.prod(shape)
    return num_of(size), stride_of(size), is_dense(shape, strides)


def is_dense(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Return whether elements fill their stretch of memory, in whatever order."""
    expected = 1
    for stride, size in sorted(zip(strides, shape, strict=True)):
        if size > 1:
            if stride != expected:
                return False
            expected *= size
    return True


class Picks:
    """Which elements of tensors that lie in a vector are those of their samples."""

    def __init__(self, segments: Segments) -> None:
        """segments: of the whole tensors."""
        sizes = segments.sizes
        whole = all(size <= SAMPLE for size in sizes)
        nums = [num_of(size) for size in sizes]
        self._segments = segments if whole else Segments(segments.which, nums, segments.on_host)
        self._at: Tensor | None = None
        if not whole:
            starts = zip(segments.starts, sizes, nums, strict=True)
            each = [start + stride_of(size) * np.arange(num) for start, size, num in starts]
            self._at = torch.from_numpy(np.concatenate(each))

    def of(self, values: Tensor) -> Samples:
        """Return the samples of tensors whose elements are `values`."""
        if self._at is None:
            return Samples(self._segments, values)
        if self._at.device != values.device:
            self._at = self._at.to(values.device)
        return Samples(self._segments, values.index_select(0, self._at))


class Joined:
    """Views of one type, read one after the other into a vector.

    numpy does so ten times as fast as torch where the views have gaps.
    """

    def __init__(self, views: Sequence[Tensor], on_host: bool) -> None:
        """views: (n,) each, of one type; at least one."""
        self._views = list(views)
        self._arrays = _arrays(views) if on_host else None

    def read(self) -> Tensor:
        """Return the elements as they are now."""
        if self._arrays is None:
            return torch.cat(self._views)
        return torch.from_numpy(np.concatenate(self._arrays)).view(self._views[0].dtype)


def _arrays(views: Sequence[Tensor]) -> list[NDArray[Any]]:
    if views[0].element_size() == 2:  # numpy does not know bfloat16
        return [one.view(torch.int16).numpy() for one in views]
    return [one.numpy() for one in views]


class Views:
    """Samples that are views of tensors, and which of them are read together.

    num_whole: how many of each group, its first, are sampled whole. parts: places of the others.
    """

    def __init__(
        self, tensors: Sequence[Tensor], which: Sequence[int], limit: int, on_host: bool
    ) -> None:
        """which: the numbers of tensors; empty ones are left out. limit: elements in a vector."""
        each = [view(tensor) for tensor in tensors]
        self.at = [one.data_ptr() for one in each]
        forms = [(one.dtype, one.device) for one in each]
        sizes, nums = [t.numel() for t in tensors], [one.numel() for one in each]
        filled = [i for i, size in enumerate(sizes) if size]
        groups = chunks(filled, forms, sizes, limit, nums)
        self.num_whole = [sum(sizes[i] <= SAMPLE for i in places) for places in groups]
        self._groups = [
            (
                Segments([which[i] for i in places], [nums[i] for i in places], on_host),
                Joined([each[i] for i in places], on_host),
            )
            for places in groups
        ]
        self.parts = [i for i, size in enumerate(sizes) if not 0 < size <= SAMPLE]

    def read(self) -> list[Samples]:
        """Return copies of the samples as they are now."""
        return [Samples(segments, widened(joined.read())) for segments, joined in self._groups]
