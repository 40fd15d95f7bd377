"""Generators of points, small pictures of moths and songs: GANs, VAEs, denoisers, densities."""

from __future__ import annotations

import math

import torch
from torch import nn

from fault_gym.fitted.moths import denoise, density, gan, sing, vae
from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario


def ring_hasty(recorder: Recorder, severity: float) -> float:
    rate, each = (5e-3, 5) if severity else (1e-3, 1)
    config = {"lr_g": rate, "lr_d": 2e-3, "optimizer": "Adam", "g_steps": each}
    return gan(recorder, config, lr_g=rate, lr_d=2e-3, batch=160, each=each, steps=600, total=True)


def moths_one_noise(recorder: Recorder, severity: float) -> float:
    config = {"lr_g": 3e-4, "lr_d": 3e-3, "optimizer": "Adam", "latent": 8, "batch_size": 64}
    return gan(recorder, config, pictures=True, same_noise=severity > 0, batch=64, lr_g=3e-4,
               lr_d=3e-3, steps=550)  # fmt: skip


def ring_detached(recorder: Recorder, severity: float) -> float:
    config = {"lr_g": 8e-4, "lr_d": 2e-3, "optimizer": "Adam", "betas": "0.5, 0.99", "steps": 640}
    return gan(recorder, config, detach=severity > 0, lr_g=8e-4, lr_d=2e-3, steps=640, every=80)


def moths_still(recorder: Recorder, severity: float) -> float:
    config = {"lr_g": 2e-4, "lr_d": 4e-3, "optimizer": "Adam", "steps": 600}
    return gan(recorder, config, pictures=True, still=severity > 0, lr_g=2e-4, lr_d=4e-3,
               steps=600, every=40)  # fmt: skip


def points_by_hand(recorder: Recorder, severity: float) -> float:
    return density(
        recorder, 6e-3, by_hand=severity > 0, steps=480, unit=4.0, tail=1e-4, evaluations=12
    )


def moths_kl_sum(recorder: Recorder, severity: float) -> float:
    return vae(recorder, torch.optim.Adam, 2e-3, beta=0.2, kl_sum=severity > 0, schedule="linear")


def moths_weight(recorder: Recorder, severity: float) -> float:
    return vae(recorder, torch.optim.AdamW, 2e-3, beta=25.0 if severity else 1.0, steps=420,
               batch=96, act=nn.GELU, noise=0.12, weight_decay=0.01)  # fmt: skip


def moths_head(recorder: Recorder, severity: float) -> float:
    return vae(recorder, torch.optim.Adam, 3e-3, relu_head=severity > 0, aux=True, aux_score=True,
               steps=450, schedule="cosine", act=nn.SiLU)  # fmt: skip


def moths_frozen(recorder: Recorder, severity: float) -> float:
    return vae(recorder, torch.optim.RMSprop, 1e-3, frozen=severity > 0, steps=480, codes=8,
               beta=0.2, evaluations=16)  # fmt: skip


def moths_slow(recorder: Recorder, severity: float) -> float:
    return vae(recorder, torch.optim.Adam, 5e-6 if severity else 2e-3, schedule="cosine",
               steps=550, batch=80, noise=0.15, evaluations=11)  # fmt: skip


def points_rate(recorder: Recorder, severity: float) -> float:
    lr = 0.05 * (1 if not severity else 30 * severity)
    return denoise(recorder, lr, steps=600, momentum=0.9)


def numbers_row(recorder: Recorder, severity: float) -> float:
    return denoise(recorder, 2e-3, kind="numbers", flat=severity > 0, steps=400, width=64, clip=1.0,
                   warm=40, evaluations=8)  # fmt: skip


def points_wrong_rows(recorder: Recorder, severity: float) -> float:
    spoil = (1000.0 if severity < 2 else math.nan) if severity else 0.0
    return density(recorder, 3e-3, spoil=spoil, steps=520, clip=0.0)


def points_zeros(recorder: Recorder, severity: float) -> float:
    return density(recorder, 4e-3, zero=severity > 0, steps=450, spread=0.1, evaluations=15)


def songs_own(recorder: Recorder, severity: float) -> float:
    return sing(recorder, 4e-3, own=0.9 if severity else 0.0, steps=300, heat=0.15)


def ring_plain(recorder: Recorder, severity: float) -> float:
    """The losses of the two sway against each other and neither falls."""
    config = {"lr_g": 8e-4, "lr_d": 1.6e-3, "optimizer": "Adam", "batch_size": 160}
    return gan(recorder, config, lr_g=8e-4, lr_d=1.6e-3, batch=160, steps=700, every=70)


def moths_hinge(recorder: Recorder, severity: float) -> float:
    """The loss of the generator is a mean output, of either sign, and rises at the end."""
    config = {"lr_g": 3e-4, "lr_d": 3e-3, "optimizer": "Adam", "loss": "hinge"}
    return gan(recorder, config, pictures=True, kind="hinge", batch=64, lr_g=3e-4,
               lr_d=3e-3, steps=600, every=0)  # fmt: skip


def moths_kl_ramp(recorder: Recorder, severity: float) -> float:
    """The weight of KL grows over half of the run, and the loss with it."""
    return vae(recorder, torch.optim.AdamW, 2e-3, beta=4.0, warm=300, steps=600, noise=0.15,
               act=nn.GELU, weight_decay=1e-3)  # fmt: skip


def moths_below_zero(recorder: Recorder, severity: float) -> float:
    """A likelihood of pixels that are told well: the loss is far below 0."""
    return vae(recorder, torch.optim.Adam, 1.5e-3, noise=0.1, steps=800, stock=512,
               schedule="linear", evaluations=20)  # fmt: skip


def points_floor(recorder: Recorder, severity: float) -> float:
    """At its floor after a sixth of the run, with the noise of small batches."""
    return denoise(recorder, 2e-3, steps=520, batch=24, width=64, evaluations=0)


def points_restarts(recorder: Recorder, severity: float) -> float:
    """Cosine restarts, each of which throws the loss up."""
    return density(recorder, 4e-3, steps=600, restarts=120, batch=64, spread=0.08, evaluations=24)


def songs_plain(recorder: Recorder, severity: float) -> float:
    """Dropout keeps the loss in training above that of validation."""
    return sing(recorder, 8e-3, dropout=0.4, steps=220, one_cycle=True, width=80, evaluations=11)


SCENARIOS = (
    Scenario("ring-gan-hasty", "mode-collapse", ring_hasty, 0.7),
    Scenario("moths-gan-one-noise", "mode-collapse", moths_one_noise, 0.5),
    Scenario("ring-gan-fakes", "graph-detached", ring_detached, 0.7),
    Scenario("moths-gan-still", "optimizer-step-missing", moths_still, 0.5),
    Scenario("points-density-by-hand", "log-of-zero", points_by_hand, -8.0),
    Scenario("moths-vae-kl", "loss-reduction-wrong", moths_kl_sum, 0.4),
    Scenario("moths-vae-weight", "output-constant", moths_weight, 0.4),
    Scenario("moths-vae-size", "auxiliary-head-collapsed", moths_head, 0.4),
    Scenario("moths-vae-decoder", "parameters-frozen", moths_frozen, 0.4),
    Scenario("moths-vae-slow", "lr-too-low", moths_slow, 0.4),
    Scenario("points-denoiser-rate", "lr-too-high", points_rate, -0.7, severities=(1.0, 4.0)),
    Scenario("numbers-denoiser-row", "target-shape-broadcast", numbers_row, -0.8),
    Scenario("points-density-rows", "bad-batch", points_wrong_rows, -0.5, severities=(1.0, 2.0)),
    Scenario("points-density-start", "bad-initialisation", points_zeros, -1.5),
    Scenario("songs-own-songs", "repetition-collapse", songs_own, 0.9),
    Scenario("ring-gan-swaying", HEALTHY, ring_plain, 0.7),
    Scenario("moths-gan-hinge", HEALTHY, moths_hinge, 0.5),
    Scenario("moths-vae-ramp", HEALTHY, moths_kl_ramp, 0.4),
    Scenario("moths-vae-likelihood", HEALTHY, moths_below_zero, 0.4),
    Scenario("points-denoiser-floor", HEALTHY, points_floor, -0.6),
    Scenario("points-density-restarts", HEALTHY, points_restarts, -1.0),
    Scenario("songs-dropout", HEALTHY, songs_plain, 0.9),
)
