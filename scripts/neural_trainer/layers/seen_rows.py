"""Whether held-out samples were trained on, told by fingerprints of some of both."""

from __future__ import annotations

import torch
from torch import Tensor

from neural_trainer.layers.reductions import local

_TRAINED, _SCORED, _FEATURES = 64, 256, 256  # of a batch that are looked at
_KEPT = 8192  # fingerprints of training samples, 8 bytes each; older ones give way
_FEWEST = 8  # samples of a pass that says anything
_LOW = 0.1  # share of the passes that may have seen less
_ALIKE = 0.25  # share of samples that chance may find: from there on nothing is told
_OVER_CHANCE = 2.0  # times what chance may find
_AS_WHOLE = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class SeenRows:
    """Fingerprints of training samples, and of the samples of each pass without gradients.

    A fingerprint is the sum of a sample's bits, weighed at random, modulo 2^64: equal for equal
    samples, whatever the batch, and for others by a chance of some 2^-60. Data of few features and
    few values hold equal samples by chance: how often two do is counted within batches of training,
    and among the samples of an evaluation, and the smaller upper bound (three more than were seen)
    says how many of a pass chance would find.
    """

    def __init__(self) -> None:
        self._weights: Tensor | None = None
        self._kept: Tensor | None = None
        self._sorted: Tensor | None = None
        self._count = 0
        # Equal ones within batches of training: each with itself, and each pair both ways round.
        self._twins: Tensor | None = None
        self._pairs = 0
        self._shares: list[Tensor] = []
        self._scored: list[Tensor] = []

    def trained(self, inputs: Tensor) -> None:
        """Keep the fingerprints of some samples of a training batch, (samples, features …)."""
        found = self._of(inputs, _TRAINED)
        if self._kept is None or self._twins is None or self._kept.device != found.device:
            self._kept, self._count = found.new_zeros(_KEPT), 0
            self._twins, self._pairs = found.new_zeros(()), 0
        self._twins += (found[:, None] == found).sum()
        self._pairs += len(found) * (len(found) - 1) // 2
        place = self._count % _KEPT
        at_end = min(len(found), _KEPT - place)
        self._kept[place : place + at_end] = found[:at_end]
        if at_end < len(found):
            self._kept[: len(found) - at_end] = found[at_end:]
        self._count += len(found)
        self._sorted = None

    def scored(self, inputs: Tensor) -> None:
        """Look up the samples of a pass without gradients."""
        if self._kept is None or self._count < _FEWEST or len(inputs) < _FEWEST:
            return
        found = self._of(inputs, _SCORED)
        if found.device != self._kept.device:
            return
        if self._sorted is None:
            self._sorted = self._kept[: self._count].sort().values
        at = torch.searchsorted(self._sorted, found).clamp_max(len(self._sorted) - 1)
        self._shares.append((self._sorted[at] == found).float().mean())
        if len(self._scored) * _SCORED < _KEPT:
            self._scored.append(found)

    def take(self) -> float | None:
        """Return the share of samples that had been trained on, of the tenth pass from below.

        From below, so that passes over the training data beside held-out ones count as none; 0
        where chance would find half as many. None where it would find too many to tell, or where
        there was no pass. What was seen of the passes is forgotten.
        """
        shares, scored = self._shares, self._scored
        self.forget_passes()
        if not shares or self._sorted is None or self._twins is None:
            return None
        together = torch.cat(scored)
        each_times = together.unique(return_counts=True)[1].double()  # type: ignore[no-untyped-call]
        among = len(together) * (len(together) - 1) // 2
        alike = min(
            ((float(self._twins) - self._count) / 2 + 3) / max(self._pairs, 1),
            (float((each_times * (each_times - 1)).sum()) / 2 + 3) / max(among, 1),
        )
        by_chance = alike * len(self._sorted.unique())  # type: ignore[no-untyped-call]
        if by_chance > _ALIKE:
            return None
        each = torch.stack(shares).sort().values
        share = float(each[int(_LOW * (len(each) - 1))])
        return share if share > _OVER_CHANCE * by_chance else 0.0

    def forget_passes(self) -> None:
        """Leave out the passes since the last call: they belonged to no evaluation."""
        self._shares, self._scored = [], []

    def _of(self, inputs: Tensor, most: int) -> Tensor:
        """Return the fingerprints of at most `most` samples, (samples,) of int64."""
        rows = local(inputs)[:most].detach().flatten(1)
        if rows.shape[1] > _FEATURES:
            rows = rows[:, :: -(-rows.shape[1] // _FEATURES)]
        if rows.is_floating_point():
            rows = rows.contiguous().view(_AS_WHOLE[rows.element_size()])
        rows = rows.long()
        if self._weights is None or self._weights.device != rows.device:
            chance = torch.Generator().manual_seed(0)
            drawn = torch.randint(-(2**62), 2**62, (_FEATURES,), generator=chance)
            self._weights = (2 * drawn + 1).to(rows.device)
        return (rows * self._weights[: rows.shape[1]]).sum(1)
