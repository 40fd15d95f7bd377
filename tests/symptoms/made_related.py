"""Runs of 60 rows in which numbers stand in one telling relation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from made_evaluated import EVALUATED
from made_layered import LAYERED_FAULTY
from made_rows import NUM_ROWS, Rows, of_rows

from neural_trainer.runs.run import Array, Run, Series


def _guessing(r: Rows) -> Array:
    return r.noisy(2.303, 0.002)


def _walk(r: Rows, a_row: float) -> Array:
    """Return a parameter norm that moves by about `a_row` of itself each row."""
    return 7 * np.exp(np.cumsum(a_row * (1 + 0.2 * r.rng.standard_normal(NUM_ROWS))))


def unmoved(r: Rows) -> Run:
    return r.run(0, loss=_guessing(r), lr=1e-3, grad_norm=r.noisy(0.5), param_norm=7.123456789)


def seldom_moved(r: Rows) -> Run:
    norm = 7.123456789 + 0.01234567 * np.floor(np.arange(NUM_ROWS) / 7)
    return r.run(loss=r.learnt(2.3, 1.9), lr=1e-3, grad_norm=r.noisy(0.5), param_norm=norm)


def barely_moved(r: Rows) -> Run:
    loss = r.noisy(2.3 - 0.2 * r.share, 0.002)
    return r.run(loss=loss, lr=6e-6, grad_norm=r.noisy(0.5), param_norm=_walk(r, 3e-5))


def held_back(r: Rows) -> Run:
    loss = r.noisy(2.3 - 0.05 * r.share, 0.001)
    return r.run(loss=loss, lr=0.05, grad_norm=r.noisy(0.5), param_norm=_walk(r, 1e-5))


def shrinking(r: Rows) -> Run:
    norm = 7 * (0.4 + 0.6 * np.exp(-r.share * 8))
    return r.run(loss=r.learnt(2.3, 1.6), param_norm=norm, lr=1e-3)


def inflating(r: Rows) -> Run:
    return r.run(loss=r.noisy(2.0, 0.05), param_norm=_walk(r, 0.1), lr=0.1)


def leaping(r: Rows) -> Run:
    norm = np.where(r.share < 0.5, 10.0, 60.0) * (1 + 0.001 * r.share)
    return r.run(0.5, loss=r.noisy(2.0, 0.05), param_norm=norm, lr=0.1)


def spent_rate(r: Rows) -> Run:
    rate = 1e-3 * np.maximum(0.93 ** np.arange(NUM_ROWS), 1e-5)
    return r.run(loss=r.learnt(), lr=np.where(r.share < 0.2, rate, rate * 0.02))


def turning_rate(r: Rows) -> Run:
    return r.run(loss=r.learnt(), lr=5e-4 * (1 + np.cos(2 * np.pi * np.arange(NUM_ROWS) / 10)))


def rising_rate(r: Rows) -> Run:
    return r.run(loss=r.learnt(2.3, 1.0), lr=1e-3 * (0.01 + r.share))


def straight(r: Rows) -> Run:
    return r.run(loss=r.noisy(2.3 - 0.6 * r.share, 0.003), lr=1e-5)


def clipped(r: Rows) -> Run:
    norm = r.noisy(8.0, 0.2)
    return r.run(
        loss=r.learnt(2.3, 1.9), grad_norm=norm, grad_clipped=1.0, clip_coefficient=0.1 / norm
    )


def piling_up(r: Rows) -> Run:
    norm = r.noisy(0.3 * np.exp(4 * np.minimum(r.share, 0.6)), 0.01)
    return r.run(loss=r.noisy(2.1, 0.05), grad_norm=norm, lr=1e-3)


def scale_falling(r: Rows) -> Run:
    scale = 65536.0 * 0.5 ** np.minimum(np.arange(NUM_ROWS), 40)
    return r.run(loss=_guessing(r), loss_scale=scale)


def recoiling(r: Rows) -> Run:
    loss = np.where(np.arange(NUM_ROWS) == 0, 30.0, r.noisy(2.33, 0.01))
    return r.run(loss=loss, accuracy=r.noisy(0.1, 0.05), lr=0.3)


def starting_high(r: Rows) -> Run:
    loss = 0.5 + 24 * np.exp(-r.share * 5)
    return r.run(loss=r.noisy(loss), accuracy=np.clip(0.1 + r.share, 0, 0.8))


def above_any_guess(r: Rows) -> Run:
    loss = 20 + 500 * np.exp(-r.share * 3)
    return r.run(loss=r.noisy(loss), accuracy=np.clip(0.5 + 0.2 * r.share, 0, 0.8))


def gradient_falling_far(r: Rows) -> Run:
    norm = 0.5 + 200 * np.exp(-np.arange(NUM_ROWS))
    return r.run(loss=r.noisy(2.2, 0.02), grad_norm=r.noisy(norm, 0.05))


def gradient_going(r: Rows) -> Run:
    norm = np.where(r.share < 0.2, 0.7, 0.001)
    return r.run(0.2, loss=_guessing(r), grad_norm=r.noisy(norm, 0.1))


def accuracy_standing(r: Rows) -> Run:
    held_out = r.evaluated(np.full(NUM_ROWS, 0.9521))
    return r.run(loss=r.learnt(0.4, 0.19), eval__accuracy=held_out)


def softmax_twice(r: Rows) -> Run:
    right = 0.1 + 0.87 * (1 - np.exp(-r.share * 20))
    floor = np.log(1 + 9 / np.e)
    loss = np.maximum(r.noisy(floor + 1.02 * (1 - right), 0.001), floor)
    loss[0] = 2.29
    return r.run(loss=loss, accuracy=right)


def noisy_labels(r: Rows) -> Run:
    """Half of the labels are drawn anew among ten classes."""
    right = 0.1 + 0.45 * (1 - np.exp(-r.share * 20))
    loss = -right * np.log(right) - (1 - right) * np.log((1 - right) / 9)
    return r.run(loss=r.noisy(loss), accuracy=r.noisy(right))


def at_unit_variance(r: Rows) -> Run:
    return r.run(loss=r.noisy(1.0 + 0.2 * np.exp(-r.share * 20), 0.02), lr=1e-3)


def at_clamp(r: Rows) -> Run:
    """Keras lets no probability under 1e-7: half of the answers wrong, each of them certain."""
    wrong = 0.5 + 0.02 * r.noisy(1.0)
    return r.run(loss=16.118 * wrong, accuracy=1 - wrong, lr=1e-3)


def frequencies_alone(r: Rows) -> Run:
    """A language model that learns how often each token occurs."""
    loss = Series(10 * r.step, r.noisy(7.6 + 3 * np.exp(-r.share * 20), 0.005))
    return r.run(loss=loss, perplexity=Series(loss.step, np.exp(loss.value)))


def held_high(r: Rows) -> Run:
    level = 1.2 + 1.1 * np.exp(-r.share * 30)
    return r.run(loss=r.noisy(level, 0.005), eval__loss=r.evaluated(r.noisy(level, 0.005)))


def still_falling(r: Rows) -> Run:
    return r.run(loss=r.noisy(2.3 - 1.6 * r.share**0.8, 0.004), lr=1e-3)


def in_order(r: Rows) -> Run:
    wave = 0.4 * np.sin(2 * np.pi * np.arange(NUM_ROWS) / 8)
    return r.run(loss=r.noisy(1.5 + wave, 0.02))


def in_order_between_rows(r: Rows) -> Run:
    """An epoch of 28 steps, each row the mean of ten: no row meets the same part again."""
    wave = 0.1 * np.sin(2 * np.pi * r.step / 28)
    return r.run(loss=r.noisy(1.5 + 0.3 * np.exp(-r.share * 4) + wave, 0.03), lr=1e-3)


def waiting(r: Rows) -> Run:
    return r.run(loss=r.learnt(), step_time_s=r.noisy(0.02), data_time_s=r.noisy(0.015))


def slowing(r: Rows) -> Run:
    return r.run(0.6, loss=r.learnt(), step_time_s=r.noisy(np.where(r.share < 0.6, 0.01, 0.03)))


def hidden(r: Rows) -> Run:
    norm = np.where(r.share < 0.5, 0.7, np.nan)
    return r.run(0.5, loss=r.learnt(), grad_norm=r.noisy(norm))


def high_at_once(r: Rows) -> Run:
    return r.run(loss=r.learnt(0.3, 0.2), accuracy=r.noisy(0.95, 0.003))


def growing_alike(r: Rows) -> Run:
    variety = 1.4 * np.exp(-3 * np.maximum(r.share - 0.2, 0))
    return r.run(loss__generator=r.noisy(1.0, 0.1), sample_diversity=r.noisy(variety, 0.02))


def forgetting(r: Rows) -> Run:
    old = r.evaluated(0.95 - 0.5 * r.share)
    return r.run(0.06, loss=r.learnt(), eval__old_accuracy=old)


def repeating(r: Rows) -> Run:
    return r.run(loss=r.learnt(3.0, 1.0), repetition=r.evaluated(0.1 + 0.7 * r.share))


def losing_game(r: Rows) -> Run:
    return r.run(
        loss__generator=r.noisy(0.7 + 5 * r.share, 0.05),
        loss__discriminator=r.noisy(1.4 * np.exp(-r.share * 8) + 0.01, 0.1),
    )


def dead_term(r: Rows) -> Run:
    std = 1.2 * np.exp(-40 * np.maximum(r.share - 0.3, 0))
    return r.run(loss=r.learnt(), aux_std=std)


def adam_too_fast(r: Rows) -> Run:
    norm = 80 + 60 * r.share
    return r.run(0, loss=r.noisy(2.3, 0.05), lr=0.3, grad_norm=r.noisy(0.05), param_norm=norm)


def tiny_rate(r: Rows) -> Run:
    return r.run(loss=r.noisy(2.3 - 0.02 * r.share, 0.002), lr=5e-7)


def from_an_older_checkpoint(r: Rows) -> Run:
    """What was learnt since the first third is lost near the end."""
    share = np.where(r.share < 0.9, r.share, r.share - 0.57)
    norm = 7 + 3 * (1 - np.exp(-5 * share))
    loss = 0.3 + 2 * np.exp(-share * 6)
    return r.run(0.9, loss=r.noisy(loss), param_norm=norm, lr=1e-3)


def begun_anew(r: Rows) -> Run:
    """Five rows of warm-up and a cosine, again from the fortieth row on."""
    rate = _planned(np.where(np.arange(NUM_ROWS) < 40, np.arange(NUM_ROWS), np.arange(-40, 20)))
    return r.run(40 / (NUM_ROWS - 1), loss=r.learnt(), lr=rate)


def _planned(row: Array) -> Array:
    fall = 1e-3 * (1 + np.cos(np.pi * row / NUM_ROWS)) / 2
    return np.where(row < 5, 2e-4 * (row + 1), fall)


def learning_as_the_rate_decays(r: Rows) -> Run:
    """It bounces until the rate is down to three quarters of its peak."""
    level = 1.7 - 1.2 / (1 + np.exp(-20 * (r.share - 0.5)))
    norm = 20 + 10 * (1 - np.exp(-8 * r.share))
    return r.run(0.08, loss=r.noisy(level, 0.02), lr=0.1 * _planned(np.arange(NUM_ROWS)),
                 param_norm=norm)  # fmt: skip


def large_gradient(r: Rows) -> Run:
    norm = 600 * np.exp(-r.share * 6)
    return r.run(loss=r.learnt(40, 0.6), grad_norm=r.noisy(norm, 0.1), param_norm=7 + r.share)


def shrinking_a_little(r: Rows) -> Run:
    return r.run(loss=r.learnt(20, 1.2), param_norm=100 - 4 * (1 - np.exp(-3 * r.share)), lr=1e-3)


def two_terms(r: Rows, weight: float, second: Array) -> Run:
    first = r.learnt(1.4, 0.3)
    return r.run(loss=first + weight * second, loss__topic=first, loss__urgency=second)


def weightless(r: Rows) -> Run:
    return two_terms(r, 1e-5, r.noisy(1 - 0.2 * r.share))


def rewards_by_chance(r: Rows) -> Run:
    """All episodes are cut off after two steps; a few end well by then."""
    met = np.where(np.arange(NUM_ROWS) % 7 == r.rng.integers(7), 0.003, 0.0)
    return r.run(0, reward=met, episode_length=2.0, policy_entropy=r.noisy(1.05, 0.03))


def bouncing(r: Rows) -> Run:
    level = np.exp(np.tile([2.8, 1.2, 2.4, 0.5], 5) + 0.2 * r.rng.standard_normal(20))
    return r.run(loss=Series(r.step[:20], level), lr=Series(r.step[:20], np.full(20, 0.1)))


RELATED: dict[str, Callable[[int], Run]] = EVALUATED | {
    make.__name__.replace("_", "-"): of_rows(make)
    for make in (
        unmoved, seldom_moved, barely_moved, held_back, shrinking, inflating, leaping, spent_rate,
        turning_rate, rising_rate, straight, clipped, piling_up, scale_falling, recoiling,
        starting_high, above_any_guess, gradient_falling_far, gradient_going, accuracy_standing,
        noisy_labels, softmax_twice, at_unit_variance, at_clamp, held_high, frequencies_alone,
        still_falling, in_order, waiting, slowing, hidden, high_at_once, growing_alike,
        forgetting, repeating, losing_game, dead_term, adam_too_fast, tiny_rate,
        from_an_older_checkpoint, begun_anew, learning_as_the_rate_decays, large_gradient,
        shrinking_a_little, weightless, in_order_between_rows, rewards_by_chance, bouncing,
    )
}  # fmt: skip

assert not set(RELATED) & set(LAYERED_FAULTY)
