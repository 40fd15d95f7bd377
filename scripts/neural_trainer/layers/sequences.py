"""What a model of sequences is given and asked for: next elements, later ones in sight, padding."""

from __future__ import annotations

import torch
from torch import Tensor

from neural_trainer.layers.batches import IGNORED

_ROWS = 8  # of a batch that are looked at
_MOST = 2**16  # elements of them
_PADDED_ROWS = 64  # whose lengths are compared
_ALIKE = 0.9  # share of elements that are alike where two sequences are one
_SHORTEST = 8  # elements of a sequence that tells anything
OFFSETS = range(-1, 4)
UNRELATED = 99.0  # in place of an offset


def target_offset(inputs: Tensor, targets: Tensor) -> Tensor | None:
    """Return how many elements later than the inputs the targets are, UNRELATED where they are not.

    inputs: (samples, length, …) or (length, samples); targets: as many, or one element fewer of
    each, in any shape of that order. None where they cannot be laid side by side.
    """
    sides: list[tuple[Tensor, Tensor | None]] = [(inputs, targets)]
    if inputs.dim() == 2:
        sides.append((inputs.T, _transposed(inputs, targets)))
    told = [_offset(given, wanted) for given, wanted in sides if wanted is not None]
    known = [each for each in told if each is not None]
    return torch.stack(known).amin() if known else None


def padding_share(inputs: Tensor, targets: Tensor, ignored: int) -> Tensor | None:
    """Return which share of the targets that count are of padding, 0 where nothing is padded.

    inputs: (samples, length) of whole numbers. Padding: rows that end in a run of one number, most
    of them and of different lengths; the first of a run may be the end of a text. None where
    targets do not lie beside the inputs.
    """
    if targets.numel() != inputs.numel() or inputs.dim() != 2 or inputs.shape[1] < _SHORTEST:
        return None
    inputs, wanted = inputs[:_PADDED_ROWS], targets.reshape(inputs.shape)[:_PADDED_ROWS]
    last = inputs[:, -1].mode().values
    run = (inputs == last).flip(1).cumprod(1).flip(1)
    lengths = run.sum(1)
    is_padded = ((lengths > 1).float().mean() > 0.5) & (lengths.amax() > lengths.amin())
    padding = run.bool() & (run.cumsum(1) > 1)
    counts = wanted != ignored
    share = (padding & counts).sum() / counts.sum().clamp_min(1)
    return torch.where(is_padded, share, torch.zeros_like(share))


def _transposed(inputs: Tensor, targets: Tensor) -> Tensor | None:
    """Return targets that lie beside inputs of (length, samples) as those of (samples, length)."""
    samples = inputs.shape[1]
    return targets.reshape(-1, samples).T if targets.numel() % samples == 0 else None


def _offset(inputs: Tensor, targets: Tensor) -> Tensor | None:
    num, length = inputs.shape[:2]
    if length < _SHORTEST or targets.numel() not in (inputs.numel(), inputs[:, 1:].numel()):
        return None
    is_whole = targets.numel() == inputs.numel()
    wanted = targets.reshape(num, length if is_whole else length - 1, *inputs.shape[2:])
    rows = max(min(_ROWS, _MOST // max(inputs[0].numel(), 1)), 1)
    given, wanted = inputs[:rows], wanted[:rows]
    shares = torch.stack([_share_alike(given, wanted, offset) for offset in OFFSETS])
    is_one = (shares > _ALIKE).sum() == 1  # of what repeats itself every offset is right
    offset = (shares.argmax() + OFFSETS.start).float()  # no table: an index waits for the device
    return torch.where(is_one, offset, torch.full_like(offset, UNRELATED))


def _share_alike(given: Tensor, wanted: Tensor, offset: int) -> Tensor:
    """Return which share of the targets that count are the inputs, so many elements later."""
    given, wanted = given[:, max(offset, 0) :], wanted[:, max(-offset, 0) :]
    length = min(given.shape[1], wanted.shape[1])
    given, wanted = given[:, :length], wanted[:, :length]
    counts = wanted != IGNORED
    return ((wanted == given) & counts).sum() / counts.sum().clamp_min(1)
