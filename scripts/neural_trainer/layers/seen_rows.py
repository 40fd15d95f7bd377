"""Whether held-out samples were trained on, told by fingerprints of some of both."""

from __future__ import annotations

import torch
from torch import Tensor

from neural_trainer.layers.reductions import local

_ROWS, _FEATURES = 64, 256  # of a batch that are looked at
_KEPT = 8192  # fingerprints of training samples, 8 bytes each; older ones give way
_FEWEST = 8  # samples of a pass that says anything
_LOW = 0.1  # share of the passes that may have seen less
_AS_WHOLE = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class SeenRows:
    """Fingerprints of training samples, and of the samples of each pass without gradients.

    A fingerprint is the sum of a sample's bits, weighed at random, modulo 2^64: equal for equal
    samples, whatever the batch, and for others by a chance of some 2^-60. Samples that
    repeat within a training batch (few features, few values) tell nothing: given_up is set then.
    """

    def __init__(self) -> None:
        self.given_up = False
        self._weights: Tensor | None = None
        self._kept: Tensor | None = None
        self._sorted: Tensor | None = None
        self._count = 0
        self._repeats: Tensor | None = None
        self._shares: list[Tensor] = []

    def trained(self, inputs: Tensor) -> None:
        """Keep the fingerprints of some samples of a training batch, (samples, features …)."""
        if self.given_up:
            return
        found = self._of(inputs)
        if self._kept is None or self._kept.device != found.device:
            self._kept, self._count = found.new_zeros(_KEPT), 0
            self._repeats = torch.zeros((), dtype=torch.bool, device=found.device)
        among = found.sort().values
        assert self._repeats is not None
        self._repeats |= (among[1:] == among[:-1]).any()
        places = (self._count + torch.arange(len(found), device=found.device)) % _KEPT
        self._kept[places] = found
        self._count += len(found)
        self._sorted = None

    def scored(self, inputs: Tensor) -> None:
        """Look up the samples of a pass without gradients."""
        if self.given_up or self._kept is None or self._count < _FEWEST or len(inputs) < _FEWEST:
            return
        found = self._of(inputs)
        if self._sorted is None:
            self._sorted = self._kept[: min(self._count, _KEPT)].sort().values
        if found.device != self._sorted.device:
            return
        at = torch.searchsorted(self._sorted, found).clamp_max(len(self._sorted) - 1)
        self._shares.append((self._sorted[at] == found).float().mean())

    def take(self) -> float | None:
        """Return the share of samples that had been trained on, of the tenth pass from below.

        From below, so that passes over the training data beside held-out ones count as none. None
        where nothing can be said. What was seen of the passes is forgotten.
        """
        shares, self._shares = self._shares, []
        if not shares or self.given_up:
            return None
        if self._repeats is not None and bool(self._repeats):
            self.given_up, self._kept, self._sorted = True, None, None
            return None
        each = torch.stack(shares).sort().values
        return float(each[int(_LOW * (len(each) - 1))])

    def forget_passes(self) -> None:
        """Leave out the passes since the last call: they belonged to no evaluation."""
        self._shares.clear()

    def _of(self, inputs: Tensor) -> Tensor:
        """Return the fingerprints of at most _ROWS samples, (samples,) of int64."""
        rows = local(inputs)[:_ROWS].detach().flatten(1)
        if rows.shape[1] > _FEATURES:
            rows = rows[:, :: -(-rows.shape[1] // _FEATURES)]
        if rows.is_floating_point():
            rows = rows.contiguous().view(_AS_WHOLE[rows.element_size()])
        rows = rows.long()
        weights = self._weights
        if weights is None or len(weights) < rows.shape[1] or weights.device != rows.device:
            drawn = torch.randint(
                -(2**62), 2**62, (_FEATURES,), generator=torch.Generator().manual_seed(0)
            )
            self._weights = weights = (2 * drawn + 1).to(rows.device)
        return (rows * weights[: rows.shape[1]]).sum(1)
