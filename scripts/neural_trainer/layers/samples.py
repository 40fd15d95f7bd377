"""Samples of tensors: a few elements of each, spread evenly, by which steps are told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from neural_trainer.layers.reductions import Stack, wide

SAMPLE = 1024  # elements of a tensor: of values of like size a cosine is right to 1 / 32


def stride_of(size: int) -> int:
    """Return the distance of sampled elements, odd: else all may lie in one column of a matrix.

    Samples of large tensors are of one size, so that they are stacked, and leave up to a quarter of
    the end out for it; of small ones that would be half, the values of a joint bias, say.
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


def of_stack(stack: Stack) -> Stack:
    """Return what `view` takes of each of stacked tensors, which lay in the order of their rows."""
    size = stack.rows.shape[1]
    if size <= SAMPLE:
        return stack
    step = stride_of(size)
    return Stack(stack.which, stack.rows[:, : num_of(size) * step : step].contiguous())


def is_dense(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Return whether elements fill their stretch of memory, in whatever order."""
    expected = 1
    for stride, size in sorted(zip(strides, shape, strict=True)):
        if size > 1:
            if stride != expected:
                return False
            expected *= size
    return True


def stacked(tensors: Sequence[Tensor], which: Sequence[int]) -> Stack:
    """Return samples of tensors, whose sizes are one, stacked in a type to sum up in."""
    rows = torch.stack([view(tensors[i]) for i in which])
    return Stack(which, rows if wide(rows.dtype) == rows.dtype else rows.to(wide(rows.dtype)))


def of_views(views: Sequence[Tensor], groups: Sequence[Sequence[int]]) -> list[Stack]:
    """Return samples of one size and type stacked; groups: which those are."""
    done = []
    for index in groups:
        rows = torch.stack([views[i] for i in index])
        done.append(Stack(index, rows if wide(rows.dtype) == rows.dtype else rows.float()))
    return done


def alike(views: Sequence[Tensor]) -> list[list[int]]:
    """Return the indices of samples of one size, type and device together; empty ones are left."""
    groups: dict[tuple[int, torch.dtype, torch.device], list[int]] = {}
    for i, one in enumerate(views):
        if one.numel():
            groups.setdefault((one.numel(), one.dtype, one.device), []).append(i)
    return list(groups.values())
