"""Gradients and weights measured in few launches, whatever their number: layers/kernels.py."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_trainer.layers.samples import SAMPLE, is_dense, num_of, stride_of

_DTYPES = (torch.float32, torch.bfloat16, torch.float16)
# What the numbers of gradients and of their weights are called, as readings.py knows them; the
# others of the same launches go by no name. See REDUCED and SAMPLED of kernels.py.
_NAMES = ("norm", "weight_norm", "sum", "", "high", "", "nonzero", "", "nonfinite", "")
_BEGUN = ("gradient", "weight", "", "", "", "", "", "")
_COMPARED = ("gradient", "weight", "before", "", "dot", "", "", "")
_ENDED = ("", "", "", "update")
_ALL_AS_ONE = np.zeros(1, np.intp)

Places = list[tuple[str, NDArray[np.intp]]]


class Numbers(NamedTuple):
    """Numbers on their device, and in their order what they are and of which tensors."""

    places: Places
    numbers: Tensor


@cache
def kernels_for(device: torch.device, dtype: torch.dtype) -> bool:
    """Return whether Triton's kernels read tensors of this type there; tried out once."""
    if device.type != "cuda" or dtype not in _DTYPES:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Triton's own words none is a failure
            of_one = _Group([0], [torch.zeros(1, dtype=dtype, device=device)])
            before = of_one.sampled()
            of_one.begun(before)
    except Exception as error:  # no Triton, no compiler for it, a device it does not know
        said = str(error).strip().splitlines()
        warnings.warn(
            f"neural-trainer: {dtype} on {device} is measured without Triton, which takes several "
            f"times as long ({type(error).__name__}: {said[0] if said else 'no words'})",
            RuntimeWarning,
            stacklevel=2,
        )
        return False
    return True


class Begun(NamedTuple):
    """What is told of gradients and weights before a step, the norm of all gradients, samples."""

    told: list[Numbers]
    norm: Tensor
    samples: Tensor


class Fused:
    """Measures those of a list of tensors that kernels can read. which: their places in it."""

    def __init__(self, which: Iterable[int], weights: Sequence[Tensor]) -> None:
        """which: of tensors with a gradient, as `fusible` finds them."""
        groups: dict[Any, list[int]] = {}
        for i in which:
            groups.setdefault((weights[i].device, weights[i].dtype), []).append(i)
        self._groups = [_Group(some, [weights[i] for i in some]) for some in groups.values()]
        self.which = {i for some in groups.values() for i in some}

    def takes_gradients(self, gradients: Sequence[Tensor | None]) -> bool:
        """Return whether gradients are like those it was made for; they are read from now on."""
        return all(group.takes_gradients(gradients) for group in self._groups)

    def takes_weights(self, weights: Sequence[Tensor]) -> bool:
        """Return the same of weights."""
        return all(group.takes_weights(weights) for group in self._groups)

    def order(self) -> list[Any]:
        """Return in which order gradients lie in memory: samples of another are of other places."""
        return [order for group in self._groups for order in group.order()]

    def norms(self) -> list[Tensor]:
        """Return L2 norms whose joint one is that of all gradients."""
        return [group.norm() for group in self._groups]

    def samples(self) -> list[Tensor]:
        """Return where gradients point now, for a later set to compare with."""
        return [group.sampled() for group in self._groups]

    def begin(self, last: Sequence[Tensor] | None) -> list[Begun]:
        """Begin a set. last: gradients' samples to compare with, of `samples` or of `Begun`."""
        before = [None] * len(self._groups) if last is None else last
        return [group.begun(own) for group, own in zip(self._groups, before, strict=True)]

    def end(self, samples: Sequence[Tensor]) -> list[Numbers]:
        """Return how far weights have moved from where they were in the samples of `begin`."""
        return [group.ended(own) for group, own in zip(self._groups, samples, strict=True)]


def fusible(
    gradients: Sequence[Tensor | None], weights: Sequence[Tensor], *, everywhere: bool = False
) -> list[int]:
    """Return the places of tensors that kernels can read, with their gradients.

    everywhere: also where a device is not asked whether it runs them, as Triton's interpreter does.
    """
    return [
        i
        for i, (gradient, weight) in enumerate(zip(gradients, weights, strict=True))
        if gradient is not None
        and weight.dtype in _DTYPES
        and (everywhere or kernels_for(weight.device, weight.dtype))
        and _kind(gradient) == _kind(weight)
        and _has_no_gaps(gradient)
        and _has_no_gaps(weight)
    ]


def _kind(tensor: Tensor) -> tuple[Any, ...]:
    return (tensor.layout, tensor.device, tensor.dtype, tensor.numel())


def _has_no_gaps(tensor: Tensor) -> bool:
    """Return whether elements fill their stretch of memory, and there is at least one."""
    if tensor.layout is not torch.strided or not tensor.numel() or not tensor.data_ptr():
        return False
    return tensor.is_contiguous() or is_dense(tuple(tensor.shape), tensor.stride())


class _Group:
    """Tensors of one type on one device. Rows: gradients, their weights, all gradients as one."""

    def __init__(self, which: Sequence[int], weights: Sequence[Tensor]) -> None:
        """which: of the tensors, (n,). weights: these alone; their gradients are of their size."""
        from neural_trainer.layers import kernels

        self._kernels = kernels
        self._which, self._num = list(which), len(which)
        self._places = np.array(which, np.intp)
        self._device, self._dtype = weights[0].device, weights[0].dtype
        self._type = kernels.TYPES[self._dtype]
        self._index = weights[0].get_device()
        self._sizes = [weight.numel() for weight in weights]
        sizes = np.array(self._sizes * 2, np.int64)
        chunks = -(-sizes // kernels.CHUNK)
        ends = np.cumsum(chunks)
        sampled = np.array([num_of(size) for size in self._sizes] * 2, np.int64)
        strides = [stride_of(size) for size in self._sizes] * 2
        rows = np.stack(
            [sizes, ends - chunks, ends, sampled, strides, np.cumsum(sampled) - sampled], axis=1
        )
        self._num_chunks, self._num_samples = int(ends[-1]), int(sampled.sum())
        self._gradient_chunks = int(ends[self._num - 1])
        everything = np.array([[0, 0, self._gradient_chunks, 0, 1, 0]])
        self._plan = self._sent(np.concatenate([rows, everything]).reshape(-1))
        self._rows = self._sent(np.repeat(np.arange(len(sizes), dtype=np.int32), chunks))
        # Where gradients and weights lay when they were last looked at, and what they were.
        self._gradients_at: list[int] = []
        self._forms: list[Any] = []
        self._weights = [(weight.data_ptr(), weight.numel()) for weight in weights]
        self._table: Tensor | None = None

    # What tensors are is looked at each time: a kernel believes what it is told of memory. Their
    # types are looked at where gradients are sorted out, and where something has changed.
    def takes_gradients(self, gradients: Sequence[Tensor | None]) -> bool:
        mine = [gradient for i in self._which if (gradient := gradients[i]) is not None]
        at = [gradient.data_ptr() for gradient in mine]
        if at != self._gradients_at:
            self._gradients_at, self._table = at, None
        forms = [(g.numel(), g.get_device(), g.is_contiguous() or g.stride()) for g in mine]
        if not (forms == self._forms and all(at)) and not self._are_like_its_own(mine):
            return False
        self._forms = forms
        return True

    def takes_weights(self, weights: Sequence[Tensor]) -> bool:
        mine = [weights[i] for i in self._which]
        seen = [(weight.data_ptr(), weight.numel()) for weight in mine]
        if seen == self._weights:
            return True
        if not self._are_like_its_own(mine):
            return False
        self._weights, self._table = seen, None
        return True

    def _are_like_its_own(self, tensors: Sequence[Tensor]) -> bool:
        return len(tensors) == self._num and all(
            tensor.numel() == size
            and tensor.dtype == self._dtype
            and tensor.device == self._device
            and _has_no_gaps(tensor)
            for tensor, size in zip(tensors, self._sizes, strict=True)
        )

    def order(self) -> list[Any]:
        return [order for *_, order in self._forms]

    def norm(self) -> Tensor:
        """Return the L2 norm of all gradients, a tensor of no dimension."""
        with self._here():
            return self._reduced(self._gradient_chunks, 2 * self._num, 1)[0]

    def sampled(self) -> Tensor:
        """Return the samples of gradients, in a vector that has room for those of weights."""
        with self._here():
            now = self._empty(self._num_samples)
            self._compared(now, now, 0, self._num)
            return now

    def begun(self, last: Tensor | None) -> Begun:
        """Measure gradients and weights, and gradients beside their samples in `last`."""
        with self._here():
            reduced = self._reduced(self._num_chunks, 0, 2 * self._num + 1)
            now = self._empty(self._num_samples)
            compared = self._compared(now if last is None else last, now, 0, 2 * self._num)
        places: Places = []
        for of_gradients, of_weights in zip(_NAMES[::2], _NAMES[1::2], strict=True):
            places += [(of_gradients, self._places), (of_weights, self._places), ("", _ALL_AS_ONE)]
        names = _BEGUN if last is None else _COMPARED
        told = [Numbers(places, reduced), self._told(names, compared)]
        return Begun(told, reduced[2 * self._num], now)

    def ended(self, before: Tensor) -> Numbers:
        """Return how far weights are from their samples in `before`."""
        with self._here():
            now = self._empty(self._num_samples)
            compared = self._compared(before, now, self._num, self._num)
        return self._told(_ENDED, compared)

    def _told(self, names: Sequence[str], numbers: Tensor) -> Numbers:
        return Numbers([(name, self._places) for name in names], numbers)

    def _reduced(self, num_chunks: int, first_row: int, num_rows: int) -> Tensor:
        """Return REDUCED of rows, whose chunks are among the first `num_chunks`."""
        kernels = self._kernels
        found = self._empty(len(kernels.REDUCED) * num_chunks)
        kernels.reduce_chunks[(num_chunks,)](
            self._where(), self._plan, self._rows, found, num_chunks,
            DTYPE=self._type, CHUNK=kernels.CHUNK, BLOCK=kernels.BLOCK, num_warps=8,
        )  # fmt: skip
        numbers = self._empty(len(kernels.REDUCED) * num_rows)
        kernels.join_chunks[(num_rows,)](
            self._plan, found, numbers, num_chunks, first_row, num_rows, BLOCK=kernels.JOINED
        )
        return numbers

    def _compared(self, before: Tensor, now: Tensor, first_row: int, num_rows: int) -> Tensor:
        """Return SAMPLED of rows, whose samples are put into `now`."""
        kernels = self._kernels
        numbers = self._empty(len(kernels.SAMPLED) * num_rows)
        kernels.sample_rows[(num_rows,)](
            self._where(), self._plan, before, now, numbers, first_row, num_rows,
            DTYPE=self._type, MOST=SAMPLE,
        )  # fmt: skip
        return numbers

    def _where(self) -> Tensor:
        """Return the addresses on the device; sent anew only where one has changed."""
        if self._table is None:
            weights = [address for address, _ in self._weights]
            rows = [*(self._gradients_at or weights), *weights]
            self._table = self._sent(np.array(rows, np.int64))
        return self._table

    def _sent(self, values: Any) -> Tensor:
        """Return an array on the device, without a wait for it."""
        host = torch.from_numpy(values)
        if self._device.type == "cpu":
            return host
        # torch keeps the pinned copy until the device has read it.
        return host.pin_memory().to(self._device, non_blocking=True)

    def _empty(self, num: int) -> Tensor:
        return torch.empty(num, dtype=torch.float32, device=self._device)

    def _here(self) -> Any:
        return torch.cuda.device(self._index) if self._device.type == "cuda" else nullcontext()
