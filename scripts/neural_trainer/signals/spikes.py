"""Spikes: points that leave the course of a series at once and by far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.signals.centre import median
from neural_trainer.signals.noise import deviation

NEIGHBOURS = 10  # points on each side that say what is usual there
MOST = 64  # spikes returned, the highest first found


@dataclass(frozen=True)
class Spike:
    """One excursion upwards, from index `start` to `stop` (both in it), with its top at `peak`.

    height: above the level before it, in the series' unit. noise: robust deviation before it.
    usual: the highest excursion among the other points of the same neighbourhood.
    """

    start: int
    peak: int
    stop: int
    level: float
    height: float
    noise: float


def spikes(value: Array, sigmas: float) -> list[Spike]:
    """Return the excursions of `value`, (n,), finite, of at least `sigmas` robust deviations.

    A rise counts against the points just before it, so that a falling course hides nothing; the
    work is linear in n.
    """
    n = len(value)
    if n < 2 * NEIGHBOURS:
        return []
    jumps = np.diff(value)
    scale = deviation(jumps) or float(np.mean(np.abs(jumps)))
    if scale == 0.0:
        return []
    candidates = np.flatnonzero(jumps > sigmas * scale) + 1
    candidates = candidates[np.argsort(-jumps[candidates - 1])][: 4 * MOST]
    found: list[Spike] = []
    taken = np.zeros(n, dtype=bool)
    for index in np.sort(candidates):
        spike = None if taken[index] else _spike_at(value, int(index), sigmas)
        if spike is not None:
            taken[spike.start : spike.stop + 1] = True
            found.append(spike)
    return sorted(found, key=lambda spike: -spike.height)[:MOST]


def _spike_at(value: Array, index: int, sigmas: float) -> Spike | None:
    """Return the spike that begins at `index`, or None if that is within the local noise."""
    before = value[max(0, index - NEIGHBOURS) : index]
    if len(before) < 3:
        return None
    level = median(before)
    noise = max(deviation(before), deviation(np.diff(before)) / np.sqrt(2.0))
    if noise == 0.0:
        noise = float(np.mean(np.abs(np.diff(value)))) or 1e-12
    if value[index] - level < sigmas * noise:
        return None
    above = value[index:] >= 0.5 * value[index] + 0.5 * level
    length = int(np.argmin(above)) if not above.all() else len(above)
    peak = index + int(np.argmax(value[index : index + length]))
    return Spike(index, peak, index + length - 1, level, float(value[peak] - level), float(noise))
