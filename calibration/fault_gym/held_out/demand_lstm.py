"""Forecasts of demand, four hours ahead from the last twenty, by an LSTM or an RNN under SGD.

Momentum, step decay, mean squared error (or a Gaussian likelihood); no accuracy is logged. The
score is the share of the variance of held-out series that the forecasts explain.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

PAST, AHEAD, BATCH, NUM_STEPS = 20, 4, 32, 340
Reduction = Literal["mean", "sum", "sum_ahead"]


def _series(size: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return what is observed and the demand itself, `(size, PAST + AHEAD)` each."""
    hour = torch.arange(PAST + AHEAD)
    phase, slow, level = torch.rand(3, size, 1, generator=generator)
    daily = torch.sin(2 * math.pi * (hour / 12 + phase))
    weekly = torch.cos(2 * math.pi * (hour / 31 + slow))
    demand = daily * (0.6 + level) + 0.7 * weekly
    return demand + noise * torch.randn(demand.shape, generator=generator), demand


class Forecaster(nn.Module):
    """The last state of a recurrent layer, and a linear layer on it."""

    def __init__(
        self, width: int = 24, cell: str = "lstm", gain: float = 0.0, likelihood: str = ""
    ) -> None:
        super().__init__()
        self.cell = (
            nn.LSTM(1, width, batch_first=True)
            if cell == "lstm"
            else nn.RNN(1, width, batch_first=True, nonlinearity="relu")
        )
        if gain:
            nn.init.orthogonal_(dict(self.cell.named_parameters())["weight_hh_l0"], gain)
        self.likelihood = likelihood
        self.head = nn.Linear(width, AHEAD * (2 if likelihood else 1))

    def forward(self, past: Tensor) -> Tensor:
        hidden, _ = self.cell(past.unsqueeze(-1))
        return torch.as_tensor(self.head(hidden[:, -1]))

    def loss(self, out: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        if not self.likelihood:
            errors = functional.mse_loss(out, target, reduction="none")
        else:
            mean, raw = out.chunk(2, dim=-1)
            scale = raw.exp() if self.likelihood == "exp" else raw.relu()
            errors = scale.log() + 0.5 * ((target - mean) / scale) ** 2
        if reduction == "sum":
            return errors.sum()
        return errors.sum(1).mean() if reduction == "sum_ahead" else errors.mean()


def _smooth(series: Tensor) -> Tensor:
    """Return the mean over three hours before and three after."""
    padded = functional.pad(series.unsqueeze(1), (3, 3), mode="replicate")
    return functional.avg_pool1d(padded, 7, 1).squeeze(1)


def _train(
    recorder: Recorder, model: Forecaster | None = None, *, lr: float = 0.2, steps: int = NUM_STEPS,
    size: int = 2048, noise: float = 0.2, tails: bool = False, clip: float = 0.0,
    batch: int = BATCH,
    zero_grad: bool = True,
    step_every: int = 1, micro: int = 1, divide: bool = True, reduction: Reduction = "mean",
    glitch: float = 0.0, glitches: float = 0.0, smooth: bool = False,
    evaluate_every: int = 25, warm: int = 0,
) -> float:  # fmt: skip
    generator = torch.Generator().manual_seed(torch.initial_seed())
    model = model or Forecaster()
    seen, _ = _series(size, noise, generator)
    val_seen, _ = _series(512, noise, generator)
    if tails:  # now and then a reading is far off
        spread = torch.distributions.StudentT(2.2)
        seen, val_seen = (one + 0.35 * spread.sample(one.shape) for one in (seen, val_seen))
    raw = val_seen
    if smooth:
        seen, val_seen = _smooth(seen), _smooth(val_seen)
    seen[torch.rand(seen.shape, generator=generator) < glitches] = glitch
    past, target = seen[:, :PAST], seen[:, PAST:]
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(
        optimizer, [int(0.6 * steps), int(0.85 * steps)], 0.2
    )
    for _ in range(warm):  # an earlier run, which is not this one's log
        chosen = torch.randint(size, (batch,), generator=generator)
        optimizer.zero_grad()
        model.loss(model(past[chosen]), target[chosen], "mean").backward()
        optimizer.step()
    recorder.watch(
        model, optimizer,
        {"optimizer": "sgd", "lr": lr, "momentum": 0.9, "batch_size": batch, "grad_clip": clip,
         "accumulate": micro},
    )  # fmt: skip
    for step in range(1, steps + 1):
        if zero_grad:
            optimizer.zero_grad()
        total = 0.0
        for _ in range(micro):
            chosen = torch.randint(size, (batch,), generator=generator)
            loss = model.loss(model(past[chosen]), target[chosen], reduction)
            (loss / micro if divide else loss).backward()
            total += loss.item() / micro
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        if step % step_every == 0:
            optimizer.step()
        recorder.step(total, samples=batch * micro)
        scheduler.step()
        if evaluate_every and step % evaluate_every == 0:
            with torch.no_grad():
                out = model(val_seen[:, :PAST])
                recorder.evaluate(
                    loss=model.loss(
                        out, val_seen[:, PAST:], "mean" if reduction == "sum" else reduction
                    ).item()
                )
    with torch.no_grad():
        mean = model(raw[:, :PAST])[:, :AHEAD]
        if tails:
            error = functional.l1_loss(mean, raw[:, PAST:]) / raw[:, PAST:].abs().mean()
        else:
            error = functional.mse_loss(mean, raw[:, PAST:]) / raw[:, PAST:].var()
    return 1 - float(error) if math.isfinite(float(error)) else -99.0


GOAL = 0.82
SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=GOAL),
    Scenario("heavy-tails", "healthy", lambda r, _: _train(r, tails=True, clip=1.0), goal=0.3),
    Scenario(
        "likelihood-below-zero", "healthy",
        lambda r, _: _train(
            r, Forecaster(likelihood="exp"), noise=0.03, lr=0.03, clip=1.0, evaluate_every=0
        ),
        goal=GOAL,
    ),
    Scenario(
        "loss-summed-over-hours", "healthy",
        lambda r, _: _train(r, reduction="sum_ahead", lr=0.06), goal=GOAL,
    ),
    Scenario(
        "spikes-clipped", "healthy",
        lambda r, _: _train(r, glitch=25.0, glitches=0.00005, clip=0.5, lr=0.3), goal=GOAL,
    ),
    Scenario("starts-converged", "healthy", lambda r, _: _train(r, warm=400, lr=0.05), goal=GOAL),
    Scenario(
        "noise-floor", "healthy",
        lambda r, _: _train(r, Forecaster(12), noise=0.7, batch=16, lr=0.3, steps=400), goal=0.2,
    ),
    Scenario(
        "relu-rnn-unclipped", "recurrent-gradients-exploding",
        lambda r, s: _train(
            r, Forecaster(32, "rnn", gain=1.0 + 0.5 * s), clip=0.0 if s else 1.0, lr=0.05
        ),
        goal=0.8, severities=(1.6, 2.2),
    ),
    Scenario(
        "clipped-to-nothing", "clipping-too-tight",
        lambda r, s: _train(r, clip=1.0 / 10**s), goal=GOAL, severities=(2.0, 3.0),
    ),
    Scenario(
        "gradients-kept", "zero-grad-missing",
        lambda r, s: _train(r, zero_grad=s == 0, clip=1.0 if s == 1 else 0.0),
        goal=GOAL,
        severities=(1.0,),
    ),
    Scenario(
        "lr-too-high", "lr-too-high", lambda r, s: _train(r, lr=0.2 * 10**s), goal=GOAL,
        severities=(1.0, 1.7),
    ),
    Scenario(
        "lost-readings-as-minus-999", "bad-batch",
        lambda r, s: _train(
            r, glitch=float("nan") if s > 1 else -999.0, glitches=0.0005 if s else 0.0
        ),
        goal=GOAL, severities=(1.0, 2.0),
    ),
    Scenario(
        "scale-through-relu", "log-of-zero",
        lambda r, s: _train(
            r, Forecaster(likelihood="relu" if s else "exp"), lr=0.05, clip=1.0, steps=400
        ),
        goal=0.6,
    ),
    Scenario(
        "smoothed-over-the-future", "data-leakage",
        lambda r, s: _train(r, smooth=s > 0, noise=0.6), goal=0.4,
    ),
    Scenario(
        "step-under-condition", "optimizer-step-missing",
        lambda r, s: _train(r, step_every=1 if s == 0 else 10**9), goal=GOAL,
        same_as=("parameters-frozen", "parameters-not-in-optimizer"),
    ),
    Scenario(
        "sixteen-batches-added-up", "accumulation-not-normalised",
        lambda r, s: _train(
            r, micro=16, batch=4, steps=130, lr=0.4, divide=s == 0, clip=0.0 if s > 1 else 6.0
        ),
        goal=0.75, same_as=("lr-too-high", "loss-reduction-wrong"), severities=(1.0,),
    ),
    Scenario(
        "summed-over-batch", "loss-reduction-wrong",
        lambda r, s: _train(r, reduction="sum" if s else "mean", clip=50.0 if s < 2 else 0.0),
        goal=GOAL, severities=(1.0,),
    ),
)  # fmt: skip
