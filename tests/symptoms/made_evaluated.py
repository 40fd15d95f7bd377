"""Runs in which held-out numbers stand in one telling relation to those of training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from made_rows import NUM_ROWS, Rows, of_rows

from neural_trainer.runs.run import Run


def eval_jumping(r: Rows) -> Run:
    held_out = 1.2 * np.exp(0.4 * r.rng.standard_normal(NUM_ROWS))
    return r.run(loss=r.learnt(2.3, 1.0), eval__loss=r.evaluated(held_out, 3))


def common_label(r: Rows) -> Run:
    """Of two classes one fills 93 in a hundred: 0.254 is the entropy of that."""
    held_out = r.noisy(0.26 + 0.2 * np.exp(-r.share * 6), 0.003)
    return r.run(
        loss=r.learnt(0.68, 0.25),
        eval__loss=r.evaluated(held_out), eval__accuracy=r.evaluated(np.full(NUM_ROWS, 0.93)),
    )  # fmt: skip


def creeping(r: Rows) -> Run:
    """Labels of other inputs: training learns a few of ten classes' samples by heart."""
    held_out = r.noisy(2.303 + 0.1 * r.share, 0.002)
    return r.run(loss=r.noisy(2.303 - 0.1 * r.share, 0.004), eval__loss=r.evaluated(held_out))


def metric_fallen(r: Rows) -> Run:
    rising = 0.5 + 0.35 * (1 - np.exp(-r.share * 12)) - 0.12 * np.clip(r.share - 0.3, 0, 1)
    return r.run(loss=r.learnt(2.3, 0.02), eval__f1=r.evaluated(r.noisy(rising, 0.002), 3))


def memorised(r: Rows) -> Run:
    rising = r.noisy(2.3 + 1.2 * r.share, 0.005)
    right = np.clip(0.1 + 0.8 * r.share, 0, 1)
    chance = 0.1 + 0.004 * r.rng.standard_normal(NUM_ROWS)
    return r.run(
        loss=r.noisy(2.3 - 1.9 * r.share, 0.005), accuracy=right,
        eval__loss=r.evaluated(rising), eval__accuracy=r.evaluated(chance),
    )  # fmt: skip


def below_training(r: Rows) -> Run:
    level = 0.3 + 2 * np.exp(-r.share * 6)
    return r.run(loss=r.noisy(1.6 * level), eval__loss=r.evaluated(level))


def another_unit(r: Rows) -> Run:
    level = 0.3 + 2 * np.exp(-r.share * 6)
    return r.run(loss=r.noisy(64 * level, 0.01), eval__loss=r.evaluated(level))


def other_kind(r: Rows) -> Run:
    level = 1.0 + 1.3 * np.exp(-r.share * 3)
    return r.run(loss=r.noisy(level, 0.005), eval__loss=r.evaluated(3 * level, 3))


def turned(r: Rows) -> Run:
    held_out = 2.3 - 1.5 * np.minimum(r.share / 0.4, 1) + 2 * np.maximum(r.share - 0.4, 0)
    return r.run(0.4, loss=r.learnt(2.3, 0.05), eval__loss=r.evaluated(r.noisy(held_out, 0.005), 3))


def perfect(r: Rows) -> Run:
    held_out = np.where(r.share < 0.1, 0.7, 0.995)
    return r.run(
        loss=r.learnt(2.3, 0.02), eval__loss=r.evaluated(r.learnt(2.3, 0.01)),
        accuracy=np.clip(0.3 + 3 * r.share, 0, 0.99), eval__accuracy=r.evaluated(held_out),
    )  # fmt: skip


def leaking(r: Rows) -> Run:
    memory = 3e8 * (1 + 0.2 * r.share) + 1e5 * r.rng.standard_normal(NUM_ROWS)
    return r.run(loss=r.learnt(), process_memory_bytes=memory)


def standing_accuracy(r: Rows) -> Run:
    right = 0.5 + 0.48 * (1 - np.exp(-r.share * 4))
    held_out = np.minimum(right, 0.7) + 0.002 * r.rng.standard_normal(NUM_ROWS)
    return r.run(loss=r.learnt(1.5, 0.1), accuracy=right, eval__accuracy=r.evaluated(held_out, 4))


def not_even_guessed(r: Rows) -> Run:
    return r.run(loss=r.learnt(), eval__loss=r.evaluated(r.noisy(2.6 + r.share, 0.02)))


def best_at_first(r: Rows) -> Run:
    rising = r.noisy(1.2 + 1.2 * r.share, 0.003)
    return r.run(loss=r.learnt(2.3, 0.02), eval__loss=r.evaluated(rising))


def other_classes_held_out(r: Rows) -> Run:
    return r.run(
        loss=r.learnt(2.3, 0.1), accuracy=np.clip(0.1 + 3 * r.share, 0, 0.96),
        eval__loss=r.evaluated(r.noisy(5 + 6 * r.share, 0.02)),
        eval__accuracy=r.evaluated(0 * r.share),
    )  # fmt: skip


def blanks_alone(r: Rows) -> Run:
    """Speech: the loss of blanks is 2.9, and no word is right."""
    level = r.noisy(2.9 + 27 * np.exp(-r.share * 20))
    return r.run(loss=level, eval__wer=r.evaluated(100 + 0 * r.share))


EVALUATED: dict[str, Callable[[int], Run]] = {
    make.__name__.replace("_", "-"): of_rows(make)
    for make in (
        eval_jumping, common_label, creeping, metric_fallen, memorised, below_training,
        another_unit, other_kind, turned, perfect, leaking, standing_accuracy, not_even_guessed,
        best_at_first, other_classes_held_out, blanks_alone,
    )
}  # fmt: skip
