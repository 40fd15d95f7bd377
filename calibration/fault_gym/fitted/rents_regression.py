"""Rents: numbers of a table foretold, in euros, thousands, logarithms or units of spread.

One target or several, of even or uneven spread; MSE, L1, Huber and Gaussian likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.fitted.rents import (
    MIDDLES,
    UNITS,
    How,
    Loss,
    Residual,
    Rows,
    Steep,
    explained,
    flats,
    foretold,
    likelihood,
    network,
    train_on,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario


def targets_flat(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((3000, 500, 1500))
    model = network(1, (80, 80))

    def loss_of(out: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(out, y[:, 0] if severity else y)

    how = How(380, 64, 2e-3, "adamw", "cosine", decay=0.01, every=20)
    train_on(recorder, model, train, held, how, loss_of)
    return explained(model, test)


def columns_raw(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((4000, 600, 1500))
    if severity:  # m², years and distances as they are
        for rows in (train, held, test):
            rows.x = rows.x * UNITS**severity + severity * MIDDLES
    model = network(1, (64, 64))
    how = How(480, 64, 1e-3, schedule="linear", decay=1e-5, every=24)
    train_on(recorder, model, train, held, how, F.mse_loss)
    return explained(model, test)


def rents_of_zero(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((16000, 600, 1500))
    for rows in (train, held, test):
        rows.y = 1000 * torch.exp(0.4 * rows.y)
    free = torch.randint(16000, (4,))  # let to staff, for nothing
    if severity:
        train.y[free] = 0.0
    model = network(1, (72, 72), norm=True)
    for rows in (train, held, test):
        rows.y = torch.log(rows.y) - 6.9
    how = How(380, 64, 3e-3, "adamw", "cosine", 20, 0.02, 1.0, 19)
    train_on(recorder, model, train, held, how, F.mse_loss)
    return explained(model, test)


def typing_errors(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((2600, 500, 1500))
    if severity:  # rents in cents, or of a whole house
        train.y[torch.randint(2600, (int(4 + 6 * severity),))] *= 400.0 * severity
    model = network(1, (64, 64))
    how = How(500, 50, 0.02, "sgd", "cosine", every=26)
    train_on(recorder, model, train, held, how, F.mse_loss)
    return explained(model, test)


def loss_summed(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((3200, 500, 1500), 3)
    model = network(3, (64, 64), nn.Tanh)
    loss_of = partial(F.mse_loss, reduction="sum" if severity else "mean")
    how = How(400, 32, 0.03, "nesterov", decay=1e-4, clip=5.0, every=40)
    train_on(recorder, model, train, held, how, loss_of, judge=F.mse_loss)
    out = foretold(model, test.x)
    return -abs(math.log(float(loss_of(out, test.y) / F.mse_loss(out, test.y))))


def rents_mixed_up(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((1200, 500, 1500), noise=0.15)
    for rows in (train, held) if severity else ():  # scraped from wrong pages
        wrong = torch.rand(len(rows.y)) < severity
        rows.y[wrong] = rows.y[torch.randint(len(rows.y), (int(wrong.sum()),))]
    model = network(1, (128, 128))
    how = How(560, 60, 2e-3, schedule="knee", every=20)
    train_on(recorder, model, train, held, how, F.mse_loss)
    return explained(model, test)


def wide_on_few(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((180 if severity else 9000, 500, 1500), noise=0.5)
    model = network(1, (160, 160), norm=True)
    how = How(500, 60, 1e-3, "adamw", "constant", 30, 0.01, every=25)
    train_on(recorder, model, train, held, how, F.huber_loss)
    return explained(model, test)


def feet_for_metres(recorder: Recorder, severity: float) -> float:
    train, held = flats((3500, 700), 2)
    if severity:  # the other portal gives square feet, not m² of mean 85 and spread 35
        held.x[:, 0] = 10.76 * held.x[:, 0] + 9.76 * 85 / 35
    model = Residual(2, 48, 2)
    how = How(360, 70, 2e-3, "adamw", "cosine", 25, 0.02, 2.0, 18)
    train_on(recorder, model, train, held, how, F.l1_loss)
    return explained(model, held)


def clamped(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((3000, 500, 1500))
    for rows in (train, held, test):
        rows.y = 9.0 + 2.0 * rows.y  # hundreds of euros
    ends = nn.Hardtanh(0.0, 1.0) if severity else nn.Hardtanh(0.0, 40.0)
    inner = network(1, (64, 64))
    nn.init.constant_(list(inner.parameters())[-1], 2.0)
    model = nn.Sequential(inner, ends)
    how = How(420, 64, 2e-3, "adam", "linear", every=21)
    train_on(recorder, model, train, held, how, F.l1_loss)
    return explained(model, test)


def steep_tanh(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((3000, 500, 1500))
    model = network(1, (48, 48, 48, 48), partial(Steep, 1.0 + 60.0 * severity))
    how = How(400, 64, 0.03, "nesterov", "cosine", 20, 1e-4, 5.0, 20)
    train_on(recorder, model, train, held, how, F.mse_loss)
    return explained(model, test)


def never_stepped(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((2500, 500, 1500))
    model = network(1, (64, 64), dropout=0.05)
    how = How(260, 50, 2e-3, "adamw", "cosine", 15, 0.01, 1.0, 26)
    train_on(recorder, model, train, held, how, F.smooth_l1_loss, steps_taken=not severity)
    return explained(model, test)


def rate_low(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((3000, 500, 1500))
    model = network(1, (96, 48), norm=True)
    how = How(450, 64, 3e-3 * 1e-3**severity, "rmsprop", "exponential", clip=5.0, every=30)
    train_on(recorder, model, train, held, how, F.mse_loss)
    return explained(model, test)


def decay_heavy(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((3000, 500, 1500))
    model = network(1, (64, 64, 64))
    decay = 0.12 * severity if severity else 1e-5
    how = How(420, 64, 2e-3, "adam", "cosine", decay=decay, every=42)
    train_on(recorder, model, train, held, how, F.huber_loss)
    return explained(model, test)


def too_narrow(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((6000, 600, 1500), noise=0.1, waves=1.2, straight=0.1)
    model = network(1, (2, 2) if severity else (128, 128), nn.Tanh)
    how = How(700, 100, 6e-3, schedule="cosine", every=50)
    train_on(recorder, model, train, held, how, F.mse_loss)
    return explained(model, test)


def spread_clamped(recorder: Recorder, severity: float) -> float:
    train, held, test = flats((5000, 700, 1500), uneven=True)
    model = network(2, (64, 64), nn.SiLU)
    top = -2.0 - severity if severity else 3.0  # the bound suited targets of another unit

    def parts(out: Tensor, y: Tensor) -> dict[str, float]:
        sigma = (0.5 * out[:, 1].clamp(-8.0, top)).exp()
        return {"sigma_mean": float(sigma.mean()), "sigma_std": float(sigma.std())}

    how = How(420, 100, 2e-3, "adamw", "linear", 20, 0.01, 5.0, 30)
    loss_of = partial(likelihood, top=top)
    train_on(recorder, model, train, held, how, loss_of, parts=parts)
    return -float(loss_of(foretold(model, test.x), test.y))


def sound(
    recorder: Recorder, severity: float, *, how: How, loss_of: Loss = F.mse_loss,
    net: Callable[[], nn.Module] = network, rows: int = 3000, targets: int = 1,
    noise: float = 0.3, scale: float = 1.0, middle: float = 0.0, uneven: bool = False,
    tail: float = 0.0, easy: int = 0,
) -> float:  # fmt: skip
    """Train soundly. scale, middle: of the targets' unit; easy: rows a curriculum begins with."""
    train, held, test = flats((rows, 600, 2000), targets, noise, uneven=uneven, tail=tail)
    if easy:  # flats near the middle first
        order = train.x.square().sum(1).argsort()
        train = Rows(train.x[order], train.y[order])
    for part in (train, held, test):
        part.y = middle + scale * part.y
    model = net()
    train_on(recorder, model, train, held, how, loss_of, first=easy)
    if tail:  # judged by what is not wild
        return 1 - float((foretold(model, test.x) - test.y).abs().median() / test.y.abs().median())
    return explained(model, test)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("mse-targets-flat", "target-shape-broadcast", targets_flat, 0.6),
    Scenario("mse-columns-raw", "inputs-not-normalised", columns_raw, 0.6, severities=(0.6, 1.0)),
    Scenario("mse-log-of-free-flats", "log-of-zero", rents_of_zero, 0.6),
    Scenario("sgd-typing-errors", "bad-batch", typing_errors, 0.6, severities=(0.6, 1.0)),
    Scenario("three-targets-summed", "loss-reduction-wrong", loss_summed, -0.1),
    Scenario("mse-rents-mixed-up", "label-noise", rents_mixed_up, 0.82, severities=(0.45, 0.7)),
    Scenario("huber-180-flats", "overfitting", wide_on_few, 0.65),
    Scenario("residual-square-feet", "train-val-mismatch", feet_for_metres, 0.7),
    Scenario("l1-clamped", "output-constant", clamped, 0.6),
    Scenario("mse-steep-tanh", "activations-saturated", steep_tanh, 0.75),
    Scenario("huber-no-step", "optimizer-step-missing", never_stepped, 0.6),
    Scenario("rmsprop-lr-low", "lr-too-low", rate_low, 0.6, severities=(0.7, 1.0)),
    Scenario("adam-heavy-decay", "weight-decay-too-high", decay_heavy, 0.7),
    Scenario("tanh-two-wide", "capacity-too-small", too_narrow, 0.65),
    Scenario("nll-spread-clamped", "auxiliary-head-collapsed", spread_clamped, -0.3,
             severities=(1.0, 2.0)),
    Scenario("mse-at-the-floor", "healthy",
             partial(sound, noise=3.0, net=partial(network, 1, (16,)),
                     how=How(320, 128, 0.02, "sgd", "knee", every=16)), 0.02),
    Scenario("mse-in-euros", "healthy",
             partial(sound, scale=450.0, middle=1100.0, rows=5000,
                     how=How(850, 64, 0.02, schedule="linear", every=50)), 0.6),
    Scenario("nll-uneven-residual", "healthy",
             partial(sound, uneven=True, loss_of=likelihood, rows=6000,
                     net=partial(Residual, 2, 56, 2),
                     how=How(480, 100, 2e-3, "adamw", "cosine", 40, 0.02, 1.0, 24)), 0.4),
    Scenario("l1-curriculum", "healthy",
             partial(sound, easy=900, rows=5000, loss_of=F.l1_loss, noise=0.2,
                     how=How(600, 50, 1.5e-3, decay=1e-5, every=30)), 0.6),
    Scenario("huber-restarts", "healthy",
             partial(sound, loss_of=F.huber_loss, targets=4,
                     net=partial(network, 4, (96, 96), nn.GELU, True),
                     how=How(520, 80, 4e-3, "adamw", "restarts", 0, 0.05, 1.0, 26)), 0.6),
    Scenario("mse-wild-rents-clipped", "healthy",
             partial(sound, tail=0.002, noise=0.2, rows=8000,
                     how=How(440, 64, 0.05, "nesterov", "cosine", 0, 1e-4, 1.0, 40)), 0.4),
    Scenario("mse-dropout-two-targets", "healthy",
             partial(sound, targets=2, noise=0.1, rows=7000,
                     net=partial(network, 2, (128, 128), dropout=0.25),
                     how=How(400, 64, 1e-3, "rmsprop", "exponential", every=100)), 0.5),
)  # fmt: skip
