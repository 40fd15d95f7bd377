"""Pulses of twelve samples, of three shapes, made by generators with least squares and others."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from fault_gym.fitted.adversaries import Game, changed, healthy, planted

NUM_SAMPLES, NUM_SHAPES = 12, 3
_TIME = torch.linspace(-1, 1, NUM_SAMPLES)
SHAPES = torch.stack(
    [(-((_TIME + 0.4) ** 2) * 8).exp(), -(-((_TIME - 0.4) ** 2) * 8).exp(), torch.tanh(3 * _TIME)]
)


def _real(count: int) -> Tensor:
    height = 1 + 0.2 * torch.randn(count, 1)
    shape = SHAPES[torch.randint(NUM_SHAPES, (count,))]
    return height * shape + 0.08 * torch.randn(count, NUM_SAMPLES)


def _judge(samples: Tensor) -> float:
    """Return the share of shapes that are met often enough, by the share of samples like one."""
    distance = torch.cdist(samples.nan_to_num(99.0), SHAPES)
    near, which = distance.min(1)
    met = torch.bincount(which[near < 1.2], minlength=NUM_SHAPES) / len(samples)
    return float((met > 0.08).float().mean() * (near < 1.2).float().mean())


SQUARES = Game(
    _real, _judge, NUM_SAMPLES, kind="squares", latent=6, width=64, lr=1e-3, lr_of_critic=2e-3,
    told="spread_of_samples", num_steps=360, config={"beta1": 0.5},
)  # fmt: skip
LOGISTIC = replace(SQUARES, kind="logistic", told="diversity", every=4, beta1=0.0, num_steps=320)
RMS = replace(SQUARES, optimizer="rmsprop", kind="hinge", lr=5e-4, lr_of_critic=1e-3, total=True)
GOAL = 0.45

SCENARIOS = (
    healthy("least-squares", SQUARES, GOAL),
    healthy("logistic", LOGISTIC, GOAL),
    healthy("rmsprop-hinge", RMS, GOAL),
    healthy("two-steps-of-the-critic", replace(LOGISTIC, critic_steps=2, num_steps=260), GOAL),
    planted(
        "mode-collapse",
        SQUARES,
        lambda g, s: replace(g, noise_of_latent=s),
        GOAL,
        (0.003, 0.03),
        name="latent-of-no-spread",
    ),
    planted(
        "mode-collapse", LOGISTIC, changed(one_latent=True), GOAL, name="one-latent-for-a-batch"
    ),
    planted(
        "mode-collapse",
        LOGISTIC,
        lambda g, s: replace(g, generator_steps=int(s), regulated=0.0, num_steps=240),
        GOAL,
        (6.0, 12.0),
        name="generator-steps-too-many",
    ),
    planted(
        "mode-collapse",
        SQUARES,
        lambda g, s: replace(g, generator_steps=int(s), lr=4 * g.lr, num_steps=240),
        GOAL,
        (5.0, 10.0),
        name="generator-too-fast",
    ),
    planted(
        "lr-too-high",
        SQUARES,
        lambda g, s: replace(g, lr=g.lr * 10**s, lr_of_critic=g.lr_of_critic * 10**s),
        GOAL,
        (1.7, 2.3),
        same_as=("mode-collapse",),
    ),
    planted(
        "lr-too-low",
        LOGISTIC,
        lambda g, s: replace(g, lr=g.lr / 10**s, lr_of_critic=g.lr_of_critic / 10**s),
        GOAL,
        (1.5, 2.5),
    ),
    planted("optimizer-step-missing", RMS, changed(steps=False), GOAL),
    planted(
        "graph-detached",
        SQUARES,
        changed(detaches=True, frozen=True),
        GOAL,
        same_as=("parameters-frozen",),
    ),
    planted("zero-grad-missing", RMS, changed(zeroes=False), GOAL),
    planted("bad-batch", LOGISTIC, lambda g, s: replace(g, nan_at=s), GOAL, (0.3, 0.7)),
)
