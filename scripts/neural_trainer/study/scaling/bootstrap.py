"""The bootstrap of a fit: points, or whole runs, drawn again and fitted again, on all cores."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.fit import Fit, refit
from neural_trainer.study.scaling.model import Model

CHUNK = 125  # refits at once: enough for a core, small enough for its cache


def draws(groups: Array, count: int, seed: int) -> Array:
    """Return how often each point counts in each of `count` samples, (count, n).

    groups: (n,), a number for each point; points of one run are drawn together, for they are not
    independent. Where every point has its own, points are drawn.
    """
    _, member = np.unique(groups, return_inverse=True)
    number = int(member.max()) + 1
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(number, np.full(number, 1 / number), count)
    return np.asarray(drawn[:, member], dtype=np.float64)


def bootstrap(model: Model, found: Fit, weights: Array, delta: float) -> Array:
    """Return the parameters, as fitted, of each row of `weights`, (b, p).

    The rows are fitted in the same parts however many cores there are, so the result is the same.
    Threads do: numpy lets go of the interpreter in all that takes long.
    """
    parts = [weights[first : first + CHUNK] for first in range(0, len(weights), CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.concatenate(list(pool.map(lambda part: refit(model, found, part, delta), parts)))
