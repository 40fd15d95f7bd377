"""Runs with one planted fault each; an event says from which step on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from made_layered import LAYERED_FAULTY
from sketch import held_out, made, sketch, warm_cosine

from neural_trainer.runs.run import Array, Run


def _risen(level: Array, onset: int, to: float, length: int) -> Array:
    """Return `level` until `onset`, and from there a rise to `to` within `length` steps."""
    since = np.clip((np.arange(len(level)) - onset) / length, 0, None)
    return np.where(since > 0, to + (level[onset] - to) * np.exp(-3 * since), level)


def diverging_in_warmup(seed: int) -> Run:
    """The learning rate still rises when the loss turns; it stays near its start."""
    s = sketch(seed)
    onset = s.event(0.08, 0.18)
    level = _risen(s.falling(), onset, s.rng.uniform(3.6, 4.2), s.n // 20)
    norm = s.norm() * np.where(s.step > onset, 8.0, 1.0)
    lr = warm_cosine(s.n, 0.05, 0.2)
    return made({"loss": s.noisy(level), "lr": lr, "grad_norm": norm}, onset)


def diverging_at_peak(seed: int) -> Run:
    """The loss turns soon after the warm-up is over and ends above its start."""
    s = sketch(seed)
    onset = s.event(0.07, 0.2)
    level = _risen(s.falling(), onset, s.rng.uniform(4.5, 8.0), s.n // 10)
    return made({"loss": s.noisy(level), "lr": warm_cosine(s.n, 0.05)}, onset)


def stuck_at_chance(seed: int) -> Run:
    """The loss shoots up at once, comes down to ln 1000 and stays; the accuracy is 1 / 1000."""
    s = sketch(seed)
    level = np.log(1000) + 12 * np.exp(-s.step / (0.02 * s.n))
    accuracy = np.abs(0.001 + 0.0001 * s.rng.standard_normal(s.n))
    loss = level * (1 + 0.002 * s.rng.standard_normal(s.n))
    loss[:3] = np.log(1000)
    lr = np.full(s.n, 0.01)
    return made({"loss": loss, "eval/accuracy": accuracy, "lr": lr}, 1)


def late_rise(seed: int) -> Run:
    """At a constant learning rate the loss turns past the middle and rises slowly to the end."""
    s = sketch(seed)
    onset = s.event(0.45, 0.65)
    level = s.falling()
    level[onset:] += np.linspace(0, s.rng.uniform(1.0, 2.0), s.n - onset)
    return made({"loss": s.noisy(level), "lr": np.full(s.n, 0.01)}, onset)


def nan_after_climb(seed: int) -> Run:
    """Loss and gradient norm climb for some steps at the peak, then everything is NaN."""
    s = sketch(seed)
    onset = s.event(0.1, 0.3)
    climb = np.exp(np.clip(s.step - onset + s.rng.integers(8, 30), 0, None) * 0.15)
    norm, loss = s.norm() * climb, s.noisy(s.falling() * climb**0.5)
    loss[onset:] = norm[onset:] = np.nan
    return made({"loss": loss, "grad_norm": norm, "lr": warm_cosine(s.n, 0.05)}, onset + 1)


def nan_sudden(seed: int) -> Run:
    """NaN out of a quiet run, and nothing but NaN after it."""
    s = sketch(seed)
    onset = s.event(0.2, 0.8)
    norm, loss = s.norm(), s.noisy(s.falling())
    loss[onset:] = norm[onset:] = np.nan
    return made({"loss": loss, "grad_norm": norm, "lr": warm_cosine(s.n, 3e-4)}, onset + 1)


def nan_sudden_loss_alone(seed: int) -> Run:
    """The same, with nothing logged but the loss."""
    run = nan_sudden(seed)
    return replace(run, signals={"loss": run.signals["loss"]})


def nan_in_warmup(seed: int) -> Run:
    """NaN before the learning rate has come to its peak."""
    s = sketch(seed)
    onset = s.event(0.05, 0.15)
    loss = s.noisy(s.falling())
    loss[onset:] = np.nan
    return made({"loss": loss, "lr": warm_cosine(s.n, 0.01, 0.2)}, onset + 1)


def nan_from_start(seed: int) -> Run:
    """Not one loss is a number."""
    s = sketch(seed)
    return made({"loss": np.full(s.n, np.nan), "lr": warm_cosine(s.n, 3e-4)}, 1)


def nan_heals(seed: int) -> Run:
    """One batch gives NaN, its step is skipped and the run goes on."""
    s = sketch(seed)
    onset = s.event(0.2, 0.8)
    norm, loss = s.norm(), s.noisy(s.falling())
    loss[onset] = norm[onset] = np.nan
    return made({"loss": loss, "grad_norm": norm, "lr": warm_cosine(s.n, 3e-4)}, onset + 1)


def spike(seed: int) -> Run:
    """One batch throws the weights far off; it takes a twentieth of the run to come back."""
    s = sketch(seed)
    onset = s.event(0.3, 0.7)
    since = s.step - onset
    thrown = (since > 0) * np.exp(-since.clip(0) / (s.n / 60))
    loss = s.noisy(s.falling() + s.rng.uniform(3, 8) * thrown, high=0.03)
    return made({"loss": loss, "grad_norm": s.norm() * (1 + 20 * thrown)}, onset + 1)


def overfitting_epochs(seed: int) -> Run:
    """Ten to thirty epochs, one point each; the held-out loss has its best before the middle."""
    s = replace(sketch(seed), n=10 + 2 * (seed % 11))
    low = max(3, round(s.n * s.rng.uniform(0.25, 0.5)))
    since = (s.step - low) / s.n
    held = 1 + np.where(since > 0, s.rng.uniform(1, 2) * since, -1.2 * since)
    train = 2.0 * np.exp(-3 * s.share) + 0.02
    signals = {"loss": s.noisy(train, high=0.03), "eval/loss": s.noisy(held, high=0.02)}
    return made(signals, low, axis="epoch")


def overfitting_steps(seed: int) -> Run:
    """Thousands of steps, evaluated forty times; the held-out loss rises by a fifth or more."""
    s = sketch(seed, (2000, 5000))
    low = s.rng.uniform(0.3, 0.6)
    away = s.share - low
    held = 1.2 + np.where(away > 0, s.rng.uniform(0.6, 1.5) * away, 4 * away**2)
    train = 3.0 * np.exp(-4 * s.share) + 0.1
    evaluated = held_out(s.step, held, s.n // 40, 0.01 * s.rng.standard_normal(41))
    signals = {"loss": s.noisy(train, high=0.1), "eval/loss": evaluated}
    return made({**signals, "lr": warm_cosine(s.n, 3e-4)}, low * s.n)


def lr_zero_early(seed: int) -> Run:
    """The schedule ends with half of the run or less; the loss stands still from there."""
    s = sketch(seed)
    end = s.event(0.3, 0.6)
    lr = np.clip(1e-3 * (1 - s.step / end), 0, None)
    level = s.falling()
    level[end:] = level[end]
    return made({"loss": s.noisy(level), "lr": lr, "grad_norm": s.norm()}, end)


def lr_jump(seed: int) -> Run:
    """A resumed run begins its schedule anew: the learning rate jumps, the loss with it."""
    s = sketch(seed)
    at = s.event(0.4, 0.6)
    lr = np.concatenate([warm_cosine(s.n, 1e-3)[:at], warm_cosine(2 * s.n, 5e-3)[160 : 160 + s.n]])
    level = s.falling()
    level[at:] += s.rng.uniform(0.8, 1.3)
    return made({"loss": s.noisy(level), "lr": lr[: s.n]}, at + 1)


def no_warmup(seed: int) -> Run:
    """At its peak from the first step, the loss leaps far over its start and comes back."""
    s = sketch(seed)
    leap = s.rng.uniform(3, 10) * np.exp(-(((s.share - 0.02) / 0.012) ** 2))
    norm = s.norm() * (1 + 5 * leap)
    lr = 1e-2 * (1 - 0.9 * s.share)
    return made({"loss": s.noisy(s.falling() + leap), "lr": lr, "grad_norm": norm}, 0.02 * s.n)


def not_falling(seed: int) -> Run:
    """The loss is ln 10 from the first step to the last."""
    s = sketch(seed)
    level = np.full(s.n, np.log(10))
    return made({"loss": s.noisy(level), "lr": np.full(s.n, 1e-7), "grad_norm": s.norm()}, 1)


def gradients_explode(seed: int) -> Run:
    """The gradient norm grows by decades in the last third, the loss not yet."""
    s = sketch(seed)
    onset = s.event(0.65, 0.8)
    grown = 10 ** (s.rng.uniform(2, 4) * np.clip(s.share - onset / s.n, 0, None) / 0.2)
    signals = {"loss": s.noisy(s.falling()), "grad_norm": s.norm() * grown}
    return made({**signals, "lr": warm_cosine(s.n, 1e-3)}, onset)


def reward_collapses(seed: int) -> Run:
    """The reward rises, falls back to where it began and stays there."""
    s = sketch(seed, (100, 400))
    top = s.rng.uniform(0.4, 0.6)
    level = np.where(s.share < top, 200 * s.share / top, 200 * np.exp(-25 * (s.share - top)))
    reward = level + s.rng.uniform(2, 10) * s.rng.standard_normal(s.n)
    return made({"reward": reward, "loss": s.noisy(1 + s.share)}, top * s.n)


def reward_stands(seed: int) -> Run:
    """Every episode brings exactly the same reward."""
    s = sketch(seed, (30, 400))
    return made({"reward": np.zeros(s.n), "loss": s.noisy(1 + s.share)}, 1)


def loss_follows_lr(seed: int) -> Run:
    """The loss goes up with the learning rate and down with it, half of the run long."""
    s = sketch(seed)
    lr = warm_cosine(s.n, 0.05, s.rng.uniform(0.15, 0.25), final=0.0)
    level = s.falling(3.0, 1.0) + s.rng.uniform(1.5, 2.5) * lr / 0.05
    low = int(np.argmin(level[: int(np.argmax(lr))]))
    return made({"loss": s.noisy(level, high=0.03), "lr": lr}, low)


FAULTY: dict[str, Callable[[int], Run]] = {
    "diverging-in-warmup": diverging_in_warmup,
    "diverging-at-peak": diverging_at_peak,
    "late-rise": late_rise,
    "stuck-at-chance": stuck_at_chance,
    "nan-after-climb": nan_after_climb,
    "nan-sudden": nan_sudden,
    "nan-sudden-loss-alone": nan_sudden_loss_alone,
    "nan-from-start": nan_from_start,
    "nan-in-warmup": nan_in_warmup,
    "nan-heals": nan_heals,
    "spike": spike,
    "overfitting-epochs": overfitting_epochs,
    "overfitting-steps": overfitting_steps,
    "lr-zero-early": lr_zero_early,
    "lr-jump": lr_jump,
    "no-warmup": no_warmup,
    "not-falling": not_falling,
    "gradients-explode": gradients_explode,
    "reward-collapses": reward_collapses,
    "reward-stands": reward_stands,
    "loss-follows-lr": loss_follows_lr,
    **LAYERED_FAULTY,
}

# The causes that may come first; several where a log cannot tell them apart.
BLAMED = {
    "diverging-in-warmup": {"lr-too-high"},
    "diverging-at-peak": {"lr-too-high"},
    "late-rise": {"lr-too-high"},
    "stuck-at-chance": {"lr-too-high"},  # it shot up first
    "nan-after-climb": {"lr-too-high"},
    "nan-sudden": {"log-of-zero", "bad-batch"},
    "nan-sudden-loss-alone": {"log-of-zero", "bad-batch"},
    "nan-from-start": {"log-of-zero", "bad-batch"},
    "nan-in-warmup": {"lr-too-high"},
    "nan-heals": {"bad-batch"},  # after the logarithm of zero every loss is NaN
    "spike": {"bad-batch"},
    "overfitting-epochs": {"overfitting"},
    "overfitting-steps": {"overfitting"},
    "lr-zero-early": {"lr-schedule-wrong"},
    "lr-jump": {"lr-schedule-wrong"},
    "no-warmup": {"warmup-missing"},
    "not-falling": {"lr-too-low"},
    "gradients-explode": {"lr-too-high"},
    "reward-collapses": {"policy-collapse"},
    "reward-stands": {"reward-frozen"},
    "loss-follows-lr": {"lr-too-high"},
    "no-zero-grad": {"zero-grad-missing"},
    "no-zero-grad-closely": {"zero-grad-missing"},
    "head-not-in-optimizer": {"parameters-not-in-optimizer"},
    "too-much-frozen": {"parameters-frozen"},
    "attention-logits-run-away": {"attention-logits-growing"},
    "recurrence-explodes": {"recurrent-gradients-exploding"},
    "sigmoids-too-deep": {"gradients-vanishing"},
    "weights-stand-still": {"gradients-vanishing"},
    "relus-die": {"relus-dead"},
    "encoder-cut-off": {"graph-detached"},
    "tanh-at-bounds": {"activations-saturated"},
    "steps-below-precision": {"lr-too-low"},
    "layers-explode": {"lr-too-high"},
    "layers-not-finite": {"lr-too-high"},
}
