"""Points of six heaps on a ring, made by generators that play against a discriminator."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from fault_gym.fitted.adversaries import Game, changed, healthy, planted

NUM_HEAPS, RADIUS, WIDTH = 6, 1.5, 0.12
_ANGLES = 2 * math.pi * torch.arange(NUM_HEAPS) / NUM_HEAPS
HEAPS = RADIUS * torch.stack([_ANGLES.cos(), _ANGLES.sin()], 1)


def _real(count: int) -> Tensor:
    return HEAPS[torch.randint(NUM_HEAPS, (count,))] + WIDTH * torch.randn(count, 2)


def _one_heap_is_most(count: int) -> Tensor:
    odds = torch.tensor([5.0, *[1.0] * (NUM_HEAPS - 1)])
    return HEAPS[torch.multinomial(odds, count, replacement=True)] + WIDTH * torch.randn(count, 2)


def _judge(samples: Tensor) -> float:
    """Return the share of heaps that are met often enough, by the share of samples near one."""
    distance = torch.cdist(samples.nan_to_num(99.0), HEAPS)
    near, which = distance.min(1)
    met = torch.bincount(which[near < 4 * WIDTH], minlength=NUM_HEAPS) / len(samples)
    return float((met > 0.2 / NUM_HEAPS).float().mean() * (near < 5 * WIDTH).float().mean())


PLAIN = Game(_real, _judge, lr=2e-3, lr_of_critic=2e-3)
TOTAL = replace(PLAIN, kind="hinge", total=True, told="coverage", every=5)
RMS = replace(PLAIN, optimizer="rmsprop", lr=1e-3, lr_of_critic=1e-3, told="")
GOAL = 0.3

SCENARIOS = (
    healthy("plain", PLAIN, GOAL),
    healthy("hinge-with-a-sum", TOTAL, GOAL),
    healthy("rmsprop-no-variety-logged", RMS, GOAL),
    healthy("two-time-scales", replace(PLAIN, lr=1e-3, lr_of_critic=4e-3), GOAL),
    healthy("one-heap-is-most", replace(PLAIN, real=_one_heap_is_most), GOAL),
    healthy("generator-averaged", replace(PLAIN, momentum_of_average=0.98), GOAL),
    planted(
        "mode-collapse",
        PLAIN,
        lambda g, s: replace(g, noise_of_latent=s),
        GOAL,
        (0.003, 0.03),
        name="latent-of-no-spread",
    ),
    planted("mode-collapse", TOTAL, changed(one_latent=True), GOAL, name="one-latent-for-a-batch"),
    planted(
        "mode-collapse",
        PLAIN,
        lambda g, s: replace(g, lr=g.lr * s, regulated=0.0),
        GOAL,
        (5.0, 20.0),
        name="generator-too-fast",
    ),
    planted(
        "mode-collapse",
        PLAIN,
        lambda g, s: replace(
            g, generator_steps=int(s), critic_steps=1, regulated=0.0, num_steps=240
        ),
        GOAL,
        (6.0, 12.0),
        name="generator-steps-too-many",
    ),
    planted(
        "lr-too-high",
        PLAIN,
        lambda g, s: replace(g, lr=g.lr * 10**s, lr_of_critic=g.lr_of_critic * 10**s),
        GOAL,
        (1.8, 2.4),
        same_as=("mode-collapse",),
    ),
    planted(
        "lr-too-low",
        PLAIN,
        lambda g, s: replace(g, lr=g.lr / 10**s, lr_of_critic=g.lr_of_critic / 10**s),
        GOAL,
        (1.5, 2.5),
    ),
    planted("optimizer-step-missing", PLAIN, changed(steps=False), GOAL),
    planted(
        "parameters-frozen",
        PLAIN,
        changed(frozen=True, detaches=True),
        GOAL,
        same_as=("graph-detached",),
    ),
    planted("zero-grad-missing", RMS, changed(zeroes=False), GOAL),
    planted("bad-batch", PLAIN, lambda g, s: replace(g, nan_at=s), GOAL, (0.3, 0.7)),
    planted(
        "stopped-too-early", PLAIN, lambda g, s: replace(g, num_steps=int(s)), GOAL, (50.0, 80.0)
    ),
)
