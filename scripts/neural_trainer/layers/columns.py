"""Tables: how close a column comes to the target, how far samples lie from those of training."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

_LEAST, _MOST = 32, 1024  # samples that are looked at
_FEATURES = 256  # of a sample, spread evenly


def closest_column(inputs: Tensor, targets: Tensor) -> Tensor | None:
    """Return the largest correlation, without its sign, of a column with the target.

    inputs: (samples, columns) of fractions; targets: one for each sample. None where they are not.
    """
    if not inputs.is_floating_point() or inputs.dim() != 2 or inputs.shape[1] < 2:
        return None
    if targets.numel() != len(inputs) or len(inputs) < _LEAST:
        return None
    columns = _centred(inputs[:_MOST].float())
    target = _centred(targets.reshape(-1, 1)[:_MOST].float())
    size = columns.norm(dim=0) * target.norm()
    alike: Tensor = (columns * target).sum(0).abs() / size.clamp_min(1e-12)
    return alike.nan_to_num().amax()


class Moments(NamedTuple):
    """Sums over samples, by feature: how many, of values, of squares."""

    num: int
    sums: Tensor
    squares: Tensor

    @classmethod
    def of(cls, inputs: Tensor) -> Moments:
        """Return those of a batch of fractions, (samples, …), of some samples and features."""
        rows = inputs[:_LEAST].flatten(1)
        rows = rows[:, :: max(rows.shape[1] // _FEATURES, 1)][:, :_FEATURES].float()
        return cls(len(rows), rows.sum(0), rows.square().sum(0))

    def with_more(self, other: Moments | None) -> Moments:
        """Return both together; this one alone where the other is of other features."""
        if other is None or other.sums.shape != self.sums.shape:
            return self
        return Moments(self.num + other.num, self.sums + other.sums, self.squares + other.squares)

    def apart(self, others: Moments) -> tuple[float, float] | None:
        """Return how many times as wide as others these are, and how far off, in their deviations.

        None where too few tell it. Waits for the device.
        """
        if min(self.num, others.num) < 2 * _LEAST or self.sums.shape != others.sums.shape:
            return None
        mean, var = self._spread()
        usual, usual_var = others._spread()
        wide = usual_var.mean().sqrt()
        if not bool(wide > 0):
            return None
        scale = float(var.mean().sqrt() / wide)
        offset = float((mean - usual).square().mean().sqrt() / wide)
        return scale, offset

    def _spread(self) -> tuple[Tensor, Tensor]:
        mean = self.sums / self.num
        return mean, (self.squares / self.num - mean.square()).clamp_min(0)


def _centred(rows: Tensor) -> Tensor:
    return rows - rows.mean(0)
