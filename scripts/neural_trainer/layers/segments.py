"""Values of many tensors laid one after the other in a vector, and reduced tensor by tensor.

A few operators do then for all of them what would take a few for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

_ON_HOST: dict[str, np.ufunc] = {"sum": np.add, "low": np.minimum, "high": np.maximum}
_ON_DEVICE: dict[str, Callable[..., Tensor]] = {
    "sum": torch.sum,
    "low": torch.amin,
    "high": torch.amax,
}


class Limits(NamedTuple):
    """What is laid into vectors, in elements: tensors of at most `small`; `chunk` in a vector."""

    small: int
    chunk: int


# Half a megabyte of float32 fits into what a step has let go of: it adds to no peak of memory.
# Larger tensors take longer to copy than their operators to start
# (benchmarks/monitor_overhead.py, ResNet).
ON_HOST = Limits(1 << 12, 1 << 17)
# A device starts operators more slowly than it copies.
ON_DEVICE = Limits(1 << 16, 1 << 22)


class Segments:
    """Where tensors lie in a vector: `which` they are, in order, as a list and as `places`."""

    def __init__(self, which: Sequence[int], sizes: Sequence[int], on_host: bool) -> None:
        """sizes: of each tensor, above zero. on_host: whether numpy may look at vectors."""
        self.which, self.places = list(which), np.array(which, np.intp)
        self.sizes, self.on_host = list(sizes), on_host
        self.starts = np.cumsum([0, *sizes[:-1]], dtype=np.intp)
        self._runs = [(len(list(same)), size) for size, same in groupby(sizes)]

    def reduced(self, how: str, values: Tensor) -> Tensor:
        """Return the "sum", "low" or "high" of each tensor, (tensors,), in the type of values."""
        if self.on_host:
            with np.errstate(all="ignore"):
                return torch.from_numpy(_ON_HOST[how].reduceat(values.numpy(), self.starts))
        parts = torch.split(values, [num * size for num, size in self._runs])
        rows = [part.view(run) for part, run in zip(parts, self._runs, strict=True)]
        return torch.cat([_ON_DEVICE[how](one, dim=1) for one in rows])

    def norms(self, values: Tensor) -> Tensor:
        """Return the L2 norm of each tensor, (tensors,)."""
        return self.reduced("sum", values * values).sqrt_()


def chunks(
    places: Iterable[int], forms: Sequence[Any], sizes: Sequence[int], limit: int,
    taken: Sequence[int] | None = None,
) -> list[list[int]]:  # fmt: skip
    """Return places in groups of one form and of at most `limit` elements, by size.

    taken: how many elements each has in the vector, if not all of its size.
    """
    taken = sizes if taken is None else taken
    found: list[list[int]] = []
    last, filled = None, 0
    for place in sorted(places, key=lambda place: (str(forms[place]), sizes[place])):
        filled += taken[place]
        if forms[place] != last or filled > limit:
            found.append([])
            last, filled = forms[place], taken[place]
        found[-1].append(place)
    return found


def laid(tensors: Sequence[Tensor]) -> Tensor:
    """Return the elements of tensors, one tensor after the other, as a vector of its own."""
    if len(tensors) == 1:
        return tensors[0].reshape(-1).clone()
    vector: Tensor = torch._C._nn.flatten_dense_tensors(list(tensors))
    return vector
