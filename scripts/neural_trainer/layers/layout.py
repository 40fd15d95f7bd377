"""Which gradients are measured together: worked out once for gradients of one form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from neural_trainer.layers.fused import Fused
from neural_trainer.layers.samples import SAMPLE, Picks, num_of
from neural_trainer.layers.segments import ON_DEVICE, ON_HOST, Segments, chunks

SPARSE = "sparse"  # in a form


class Layout:
    """How the gradients of a list of tensors are measured.

    index: the numbers of the tensors that have one. fused: measures those that kernels can read;
    all else is of the `rest`. small: where those lie that are laid into
    vectors, and their samples in these. large: those that are measured one by one, all `sparse`
    ones among them; compared: where the samples of the dense ones among them lie. tiny: those that
    are laid into vectors for the norm alone, on the host; beside_tiny: all others, by type.
    """

    def __init__(
        self, form: Sequence[Any], gradients: Sequence[Tensor | None], on_host: bool,
        fused: Fused | None = None,
    ) -> None:  # fmt: skip
        """form: the type of each gradient, SPARSE of one that is, None where there is none."""
        self.form = list(form)
        self.index = [i for i, one in enumerate(form) if one is not None]
        self.sparse = {i for i in self.index if form[i] == SPARSE}
        self.fused = Fused((), ()) if fused is None else fused
        self.rest = [i for i in self.index if i not in self.fused.which]
        limits = ON_HOST if on_host else ON_DEVICE
        self.chunk = limits.chunk
        kinds = [None if g is None else (g.dtype, g.device) for g in gradients]
        sizes = [0 if g is None else g.numel() for g in gradients]

        def segments(which: Sequence[int], nums: Sequence[int]) -> Segments:
            return Segments(which, [nums[i] for i in which], on_host)

        dense = [i for i in self.rest if sizes[i] and i not in self.sparse]
        small = [i for i in dense if sizes[i] <= limits.small]
        wholes = [segments(which, sizes) for which in chunks(small, kinds, sizes, self.chunk)]
        self.small = [(whole, Picks(whole)) for whole in wholes]
        large = [i for i in dense if sizes[i] > limits.small]
        self.large = sorted({*large, *self.sparse})
        nums = [num_of(size) for size in sizes]
        split = chunks(large, kinds, sizes, self.chunk, nums)
        self.compared = [segments(which, nums) for which in split]
        tiny = [i for i in small if sizes[i] <= SAMPLE] if on_host else []
        self.tiny = chunks(tiny, kinds, sizes, self.chunk)
        others = sorted({*self.rest}.difference(tiny))
        self.beside_tiny = chunks(others, kinds, sizes, sum(sizes))
