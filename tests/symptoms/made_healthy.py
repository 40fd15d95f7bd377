"""Runs in which nothing is wrong: plain ones, and those that look ill and are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from made_layered import LAYERED_HEALTHY
from sketch import Sketch, held_out, made, sketch, warm_cosine

from neural_trainer.runs.run import Array, Run, Series

Maker = Callable[[int], Run]


def _evaluated(s: Sketch, level: Array, times: int = 20, noise: float = 0.01) -> Series:
    return held_out(s.step, level, s.n // times, noise * s.rng.standard_normal(times + 20))


def power_law(seed: int) -> Run:
    """A loss alone, which falls as it ought to."""
    s = sketch(seed)
    return made({"loss": s.noisy(s.falling())})


def everything_logged(seed: int) -> Run:
    """Warm-up and cosine, gradient norms, held-out loss, and signals that nobody judges."""
    s = sketch(seed)
    level = s.falling(start=10.0, floor=s.rng.uniform(1, 3))
    return made(
        {
            "loss": s.noisy(level),
            "lr": warm_cosine(s.n, 10 ** s.rng.uniform(-4, -2)),
            "grad_norm": s.norm(),
            "eval/loss": _evaluated(s, 1.03 * level),
            "throughput": 1e5 * (1 + 0.05 * s.rng.standard_normal(s.n)),
            "memory_bytes": np.full(s.n, 3e10),
        }
    )


def constant_lr(seed: int) -> Run:
    """A small constant learning rate, no warm-up, every tenth step logged."""
    s = sketch(seed)
    lr, loss = Series(s.step, np.full(s.n, 1e-3)), Series(s.step, s.noisy(s.falling()))
    keep = s.step % 10 == 0
    return made({"loss": loss.where(keep), "lr": lr.where(keep)})


def decay_to_zero(seed: int) -> Run:
    """A learning rate that falls in a line to exactly zero at the last step."""
    s = sketch(seed)
    return made({"loss": s.noisy(s.falling()), "lr": 3e-4 * (1 - s.share), "grad_norm": s.norm()})


def reward_rises(seed: int) -> Run:
    """A reward that rises to its ceiling, beside losses that need not fall."""
    s = sketch(seed, (100, 400))
    reward = 200 / (1 + np.exp(-12 * (s.share - s.rng.uniform(0.2, 0.5))))
    return made(
        {
            "reward": reward + s.rng.uniform(2, 20) * s.rng.standard_normal(s.n),
            "loss": 1 + s.share + 0.5 * s.rng.standard_normal(s.n),
            "lr": np.full(s.n, 3e-4),
        }
    )


def adversarial(seed: int) -> Run:
    """Two networks against each other: the generator's loss rises, and nothing is wrong."""
    s = sketch(seed)
    wander = np.cumsum(s.rng.standard_normal(s.n)) / np.sqrt(s.n)
    return made(
        {
            "loss/generator": 1 + 2 * s.share + 0.3 * wander,
            "loss/discriminator": 1 - 0.5 * s.share + 0.1 * s.rng.standard_normal(s.n),
        }
    )


def plateau_then_drop(seed: int) -> Run:
    """Parity: the loss stands at ln 2 for most of the run, then falls at once."""
    s = sketch(seed)
    drop = 1 / (1 + np.exp(80 * (s.share - s.rng.uniform(0.4, 0.75))))
    return made({"loss": s.noisy(0.01 + np.log(2) * drop), "lr": np.full(s.n, 1e-3)})


def grokking(seed: int) -> Run:
    """The held-out loss rises for long and falls in the end; the training loss fell at once."""
    s = sketch(seed, (1500, 5000))
    train = 4.6 * np.exp(-s.share * 60) + 1e-4
    rises = 4.6 + 3 * np.minimum(s.share * 8, 1)
    held = 0.05 + rises / (1 + np.exp(40 * (s.share - s.rng.uniform(0.5, 0.8))))
    return made({"loss": s.noisy(train), "eval/loss": _evaluated(s, held, 40)})


def bump_after_warmup(seed: int) -> Run:
    """The loss rises a little where the warm-up ends, and falls again at the same rate."""
    s = sketch(seed)
    warm = s.rng.uniform(0.03, 0.1)
    bump = s.rng.uniform(0.2, 0.8) * np.exp(-(((s.share - warm) / 0.02) ** 2))
    return made(
        {
            "loss": s.noisy(s.falling(start=10.0) + bump),
            "lr": warm_cosine(s.n, 3e-4, warm),
            "grad_norm": s.norm() * (1 + 2 * bump),
        }
    )


def warmed_up_again(seed: int) -> Run:
    """A trained model goes on: the loss rises with the warm-up and falls under its start."""
    s = sketch(seed)
    bump = s.rng.uniform(0.05, 0.15) * np.exp(-(((s.share - 0.06) / 0.04) ** 2))
    level = 1.8 - 0.3 * (1 - np.exp(-3 * s.share)) + bump
    return made({"loss": s.noisy(level), "lr": warm_cosine(s.n, 3e-4, 0.05)})


def knee_at_step_decay(seed: int) -> Run:
    """The learning rate falls tenfold twice, and the loss with it, in a step each."""
    s = sketch(seed)
    first, second = s.rng.uniform(0.3, 0.5), s.rng.uniform(0.6, 0.8)
    decays = (s.share > first).astype(float) + (s.share > second)
    level = 0.3 + s.falling(2.3, 0.8) * 0.5**decays
    return made(
        {"loss": s.noisy(level), "lr": 0.1 * 0.1**decays, "eval/loss": _evaluated(s, level)}
    )


def batches_of_two(seed: int) -> Run:
    """Noise with a heavy tail, as large as the loss itself."""
    s = sketch(seed)
    tail = np.exp(s.rng.uniform(0.4, 0.8) * s.rng.standard_normal(s.n))
    return made({"loss": s.falling() * tail, "grad_norm": s.norm() * tail})


def cosine_restarts(seed: int) -> Run:
    """Three to five equal cycles; at each restart the loss jumps up and is made good."""
    s = sketch(seed)
    phase = (s.share * s.rng.integers(3, 6)) % 1.0
    return made(_restarted(s, phase))


def growing_restarts(seed: int) -> Run:
    """Three cycles, each twice as long as the one before."""
    s = sketch(seed)
    starts, lengths = np.array([0, 1, 3]) / 7, np.array([1, 2, 4]) / 7
    cycle = np.searchsorted(starts, s.share, side="right") - 1
    return made(_restarted(s, (s.share - starts[cycle]) / lengths[cycle]))


def _restarted(s: Sketch, phase: Array) -> dict[str, Array]:
    lr = (1 + np.cos(np.pi * np.clip(phase, 0, 1))) / 2
    return {"loss": s.noisy(s.falling() + 0.3 * lr * (s.share > 0.1)), "lr": 1e-5 + 1e-3 * lr}


def curriculum_jump(seed: int) -> Run:
    """From one step on the data is harder: the loss jumps and falls on from there."""
    s = sketch(seed)
    jump = s.event(0.3, 0.6)
    after = np.clip(s.step - jump, 0, None) / s.n
    harder = (s.step > jump) * s.rng.uniform(0.4, 0.9) * np.exp(-3 * after)
    return made({"loss": s.noisy(s.falling() + harder), "lr": warm_cosine(s.n, 1e-3)})


def epoch_sawtooth(seed: int) -> Run:
    """Repeated data: the loss drops where an epoch begins and rises a little within it."""
    s = sketch(seed)
    epochs = s.share * s.rng.integers(3, 7)
    saw = 0.15 * (epochs % 1.0) - 0.25 * np.floor(epochs)
    level = np.maximum(s.falling(3.5, 2.2) + saw, 0.2)
    return made(
        {"loss": s.noisy(level, high=0.02), "eval/loss": _evaluated(s, s.falling(3.5, 2.2))}
    )


def train_above_held_out(seed: int) -> Run:
    """Dropout and augmentation: the training loss lies far above the held-out loss."""
    s = sketch(seed)
    level = s.falling(2.3, 0.4)
    return made({"loss": s.noisy(1.6 * level), "eval/loss": _evaluated(s, 0.8 * level)})


def clipped_spikes(seed: int) -> Run:
    """A few single odd batches; the gradient is clipped and the next loss is as before."""
    s = sketch(seed)
    spikes = s.rng.choice(np.arange(50, s.n - 5), s.rng.integers(1, 5), replace=False)
    loss, norm = s.noisy(s.falling(), high=0.03), s.norm()
    loss[spikes] *= s.rng.uniform(1.5, 3, len(spikes))
    norm[spikes] *= s.rng.uniform(5, 50, len(spikes))
    return made({"loss": loss, "grad_norm": norm, "lr": warm_cosine(s.n, 3e-4)})


def converged_fine_tune(seed: int) -> Run:
    """A fine-tune whose model could do it before: a few percent are left to gain."""
    s = sketch(seed)
    level = 1.4 - s.rng.uniform(0.02, 0.12) * (1 - np.exp(-6 * s.share))
    return made(
        {
            "loss": s.noisy(level, 0.05, 0.1),
            "lr": 2e-5 * (1 - s.share),
            "grad_norm": s.norm(),
            "eval/loss": _evaluated(s, level, 10, 0.002),
        }
    )


def regression_at_floor(seed: int) -> Run:
    """The loss meets the noise of its targets early and stays there."""
    s = sketch(seed)
    level = 0.5 + 2 * np.exp(-s.share * s.rng.uniform(30, 60))
    spread = s.rng.chisquare(32, s.n) / 32
    return made({"loss": level * spread, "eval/loss": _evaluated(s, level, 20, 0.03)})


def loss_scale_settles(seed: int) -> Run:
    """float16: the first gradients overflow until the loss scale is low enough."""
    s = sketch(seed)
    norm, skipped = s.norm(), int(s.rng.integers(2, 11))
    norm[:skipped] = np.inf
    scale = 2.0 ** (16 - np.minimum(np.arange(s.n), skipped))
    return made({"loss": s.noisy(s.falling()), "grad_norm": norm, "loss_scale": scale})


def large_gradients(seed: int) -> Run:
    """Gradient norms of 1e5 throughout, as of a summed loss."""
    s = sketch(seed)
    return made({"loss": s.noisy(1e4 * s.falling()), "grad_norm": s.norm(1e5)})


def reward_waits(seed: int) -> Run:
    """Pong: the reward stands at its floor for the first quarter, then lifts off."""
    s = sketch(seed, (100, 400))
    lift = np.clip((s.share - s.rng.uniform(0.2, 0.3)) / 0.5, 0, 1)
    spread = s.rng.standard_normal(s.n) * np.where(lift > 0, 1.5, 0)
    return made({"reward": np.maximum(-21 + 40 * lift + spread, -21), "loss": s.noisy(1 + s.share)})


def lora_from_zero(seed: int) -> Run:
    """LoRA: B is zero, so that the first gradient of A is, and is logged as zero."""
    s = sketch(seed)
    norm = s.norm() * np.minimum(s.step / 20, 1)
    norm[0] = 0.0
    return made(
        {"loss": s.noisy(s.falling(1.9, 0.9)), "grad_norm": norm, "lr": warm_cosine(s.n, 2e-4)}
    )


def undefined_metrics(seed: int) -> Run:
    """Counters named for NaN, and metrics that are NaN where there is nothing to count."""
    s = sketch(seed)
    undefined = np.where(s.rng.random(s.n) < 0.3, np.nan, 0.7)
    names = ("accuracy", "eval/accuracy", "f1_rare_class", "perplexity")
    others = dict.fromkeys(names, undefined)
    return made({"loss": s.noisy(s.falling()), "nan_count": np.zeros(s.n), **others})


def negative_loss(seed: int) -> Run:
    """Dice: the loss falls from 0 to -0.9."""
    s = sketch(seed)
    level = -0.9 * (1 - np.exp(-s.share * s.rng.uniform(4, 12)))
    noise = 0.02 * s.rng.standard_normal(s.n)
    return made({"loss": level + noise, "eval/loss": _evaluated(s, 0.95 * level)})


def few_epochs(seed: int) -> Run:
    """Five to twenty points, one an epoch."""
    s = replace(sketch(seed), n=5 + seed % 16)
    level = s.falling(2.3, 0.3)
    signals = {"loss": s.noisy(level, high=0.03), "eval/loss": s.noisy(1.05 * level, high=0.03)}
    return made({**signals, "lr": np.full(s.n, 1e-3)}, axis="epoch")


PLAIN: dict[str, Maker] = {
    "power-law": power_law,
    "everything-logged": everything_logged,
    "constant-lr": constant_lr,
    "decay-to-zero": decay_to_zero,
    "reward-rises": reward_rises,
    "adversarial": adversarial,
}
LOOK_ALIKES: dict[str, Maker] = {
    "plateau-then-drop": plateau_then_drop,
    "grokking": grokking,
    "bump-after-warmup": bump_after_warmup,
    "warmed-up-again": warmed_up_again,
    "knee-at-step-decay": knee_at_step_decay,
    "batches-of-two": batches_of_two,
    "cosine-restarts": cosine_restarts,
    "growing-restarts": growing_restarts,
    "curriculum-jump": curriculum_jump,
    "epoch-sawtooth": epoch_sawtooth,
    "train-above-held-out": train_above_held_out,
    "clipped-spikes": clipped_spikes,
    "converged-fine-tune": converged_fine_tune,
    "regression-at-floor": regression_at_floor,
    "loss-scale-settles": loss_scale_settles,
    "large-gradients": large_gradients,
    "reward-waits": reward_waits,
    "lora-from-zero": lora_from_zero,
    "undefined-metrics": undefined_metrics,
    "negative-loss": negative_loss,
    "few-epochs": few_epochs,
}
HEALTHY = {**PLAIN, **LOOK_ALIKES, **LAYERED_HEALTHY}
