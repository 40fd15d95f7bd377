"""Forecasts of road traffic: recurrent nets and a TCN over windows of hourly counts.

A few sensors count vehicles with two rush hours a day, quieter weekends and slow random drift; a
window of past hours forecasts one hour or several. Units differ: standardised, vehicles per hour,
shares of the road that are occupied. The score is the share of variance explained (R2) on later
days, unless said otherwise.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.fitted.traffic import (
    Forecaster,
    Tcn,
    adam,
    counts,
    explained,
    fit,
    in_order,
    roads,
    sgd,
    shuffled,
    standard,
    windows,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario


def long_rnn(recorder: Recorder, severity: float) -> float:
    data = roads(past=72, days=40)
    model = Forecaster(nn.RNN, 48)
    nn.init.orthogonal_(model.rnn.all_weights[0][1], 1.6)
    clip = None if severity else 0.3
    return fit(recorder, model, data, sgd(model, 0.1), steps=300, clip=clip, schedule="linear")


def deep_tcn(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=3)
    model = Tcn(16, 10, 3, not severity, torch.sigmoid if severity > 1 else torch.tanh)
    return fit(recorder, model, data, sgd(model, 0.02), steps=350, batch=64, schedule="cosine")


def wide_start(recorder: Recorder, severity: float) -> float:
    data = roads(past=36)
    model = Forecaster(nn.RNN, 64)
    if severity:
        for weight in model.rnn.all_weights[0][:2]:
            nn.init.normal_(weight)
    return fit(recorder, model, data, adam(model, 1e-3), steps=400, clip=1.0, logged=True)


def dead_sensor(recorder: Recorder, severity: float) -> float:
    data = roads(ahead=6, days=50)
    if severity:  # the logger of one sensor writes its own mark for "no reading"
        broken = torch.randperm(len(data.x))[: 12 if severity < 2 else 4]
        mark = -9999.0 if severity < 2 else math.nan
        data.x[broken, 5, 0] = mark
        data.y[broken, 2] = mark
    model = Forecaster(nn.GRU, 32, 6)
    return fit(recorder, model, data, adam(model), steps=450, schedule="cosine", every=30)


def with_spread(recorder: Recorder, severity: float) -> float:
    """A normal likelihood, the spread forecast along with the mean."""
    data = roads(days=50)
    model = Forecaster(nn.LSTM, 32, 2)
    nn.init.ones_(model.head.bias)

    def loss_of(guess: Tensor, seen: Tensor) -> Tensor:
        mean, raw = guess[:, :1], guess[:, 1:]
        spread = F.relu(raw) if severity else F.softplus(raw) + 1e-3
        return (torch.log(spread) + 0.5 * ((seen - mean) / spread) ** 2).mean()

    return fit(recorder, model, data, adam(model, 5e-3), loss_of=loss_of, steps=400, every=50)


def step_unit(recorder: Recorder, severity: float) -> float:
    """The scheduler counts epochs but is stepped after each batch, or the other way round."""
    data = roads(ahead=12, days=70)
    model = Forecaster(nn.LSTM, 32, 12)
    optimizer, steps = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.01), 500
    per_epoch = len(data.x) // 32
    schedule: Any = torch.optim.lr_scheduler.StepLR(optimizer, 2 * (1 if severity else per_epoch))
    schedule.gamma = 0.8 if severity < 2 else 0.5
    return fit(recorder, model, data, optimizer, steps=steps, schedule=schedule, every=60)


def fast_adam(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=3)
    model = Forecaster(nn.LSTM, 48, 3)
    lr = 0.2 if severity else 3e-3
    return fit(recorder, model, data, adam(model, lr), steps=350, batch=48)


def slow_rms(recorder: Recorder, severity: float) -> float:
    data = roads(past=24)
    model = Forecaster(nn.GRU, 32, layers=2)
    optimizer = torch.optim.RMSprop(model.parameters(), 1e-5 if severity else 2e-3)
    return fit(recorder, model, data, optimizer, steps=350, schedule="warmup-cosine", clip=5.0)


def flat_target(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, sensors=6)
    model = Forecaster(nn.LSTM, 32)

    def loss_of(guess: Tensor, seen: Tensor) -> Tensor:
        return F.mse_loss(guess, seen.squeeze(-1) if severity else seen)

    return fit(
        recorder, model, data, adam(model), loss_of=loss_of, steps=400, every=20, logged=True
    )


def smoothed(recorder: Recorder, severity: float) -> float:
    """The inputs are smoothed by a centred mean, which sees the hour to forecast, or set off."""
    values = standard(counts(60, 4, 0.3))
    kernel = torch.ones(1, 1, 3) / 3
    causal = F.conv1d(F.pad(values[:, None], (2, 0)), kernel)[:, 0]
    leaky = F.conv1d(F.pad(values[:, None], (1, 1)), kernel)[:, 0]
    if severity > 1:
        leaky = causal.roll(-2, 1)
    data = windows(values, 24, 1, leaky if severity else causal)
    model = Forecaster(nn.LSTM, 48)
    fit(recorder, model, data, adam(model, 4e-3), steps=450, schedule="cosine")
    return explained(model, windows(values, 24, 1, causal))


def by_hour(recorder: Recorder, severity: float) -> float:
    """Grouped by the hour of the day (or sorted by the count) on the way out of a table."""
    data = roads(past=24, sensors=4)
    clock = torch.atan2(data.x[:, -1, 1], data.x[:, -1, 2])
    order = (clock if severity < 2 else data.y[:, 0]).argsort(stable=True)
    data = data._replace(x=data.x[order], y=data.y[order])
    model = Forecaster(nn.LSTM, 32)
    draw = in_order(len(data.x), 32) if severity else None
    return fit(recorder, model, data, adam(model, 3e-3), draw=draw, steps=480, every=20)


def other_unit(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=3)
    if severity:  # the later days come from a feed that is scaled by its own mean and deviation
        data = data._replace(val_x=data.val_x * torch.tensor([1.6, 1, 1]) + 0.4 * severity)
    model = Tcn(24, 4, 3)
    return fit(recorder, model, data, adam(model, 2e-3), schedule="one-cycle", clip=1.0)


def few_days(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=3, days=40 if severity else 80, noise=0.25)
    if severity:
        keep = torch.randperm(len(data.x))[:48]
        data = data._replace(x=data.x[keep], y=data.y[keep])
    model = Forecaster(nn.LSTM, 96, 3)
    return fit(recorder, model, data, adam(model, 4e-3), steps=450, every=20)


def short_run(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=6)
    model = Forecaster(nn.LSTM, 32, 6)
    steps = 60 if severity else 600
    return fit(recorder, model, data, sgd(model, 0.03), steps=steps, every=10 if severity else 40)


def cut_graph(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=3)
    model = Forecaster(nn.LSTM, 32, 3, layers=2)
    model.cut = bool(severity)
    return fit(recorder, model, data, adam(model, 2e-3), schedule="linear", batch=64, steps=300)


def new_head(recorder: Recorder, severity: float) -> float:
    """Pretrained one hour ahead; the head for six is put in place before or after Adam is made."""
    data = roads(past=24, ahead=6)
    model = Forecaster(nn.LSTM, 40)
    early = adam(model, 2e-3)
    model.head = nn.Linear(40, 6)
    nn.init.normal_(model.head.weight, 0, 0.01)
    optimizer = early if severity else adam(model, 2e-3)
    return fit(recorder, model, data, optimizer, steps=350, clip=1.0, schedule="warmup-cosine")


def summed_parts(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=3)
    model = Forecaster(nn.LSTM, 24, 3)
    return fit(
        recorder, model, data, sgd(model, 0.6), steps=200, batch=8, parts=8,
        divisor=1 if severity else None, schedule="cosine", config={"accumulation": 8},
    )  # fmt: skip


def resumed(recorder: Recorder, severity: float) -> float:
    """Stopped late and gone on; the score is minus what the resume did to the loss."""
    data, losses = roads(past=24, ahead=3), []

    def loss_of(guess: Tensor, seen: Tensor) -> Tensor:
        loss = F.mse_loss(guess, seen)
        losses.append(loss.item())
        return loss

    model = Forecaster(nn.LSTM, 32, 3)
    optimizer = torch.optim.AdamW(model.parameters(), 0.03)
    cosine: Any = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 450)
    fit(recorder, model, data, optimizer, steps=375, schedule=cosine, loss_of=loss_of)
    before = sum(losses[-30:])
    losses.clear()
    again = copy.deepcopy(model)
    other = torch.optim.AdamW(again.parameters(), 0.03)
    rest: Any = torch.optim.lr_scheduler.CosineAnnealingLR(other, 450)
    if not severity:
        other.load_state_dict(optimizer.state_dict())
        rest.load_state_dict(cosine.state_dict())
    if severity > 1:
        again.head.reset_parameters()
    fit(recorder, again, data, other, steps=450, schedule=rest, done=375, loss_of=loss_of)
    return -sum(losses[:30]) / before


def raw_counts(recorder: Recorder, severity: float) -> float:
    values = counts(60, 4)
    data = windows(standard(values), 24, 1, values if severity else None)
    model = Forecaster(nn.LSTM, 32)
    return fit(recorder, model, data, adam(model), steps=350, batch=64, schedule="cosine")


# ---- sound


def at_its_floor(recorder: Recorder, severity: float) -> float:
    """Much of what follows is chance: the loss stays where it must."""
    data = roads(past=24, ahead=12, noise=0.5)
    model = Forecaster(nn.LSTM, 32, 12)
    return fit(recorder, model, data, adam(model, 2e-3), steps=500, batch=24, schedule="linear")


class InVehicles(nn.Module):
    """A net whose forecasts are scaled back to vehicles per hour."""

    def __init__(self, net: nn.Module, mean: float, deviation: float) -> None:
        super().__init__()
        self.net, self.mean, self.deviation = net, mean, deviation

    def forward(self, x: Tensor) -> Tensor:
        counted: Tensor = self.net(x) * self.deviation + self.mean
        return counted


def vehicles(recorder: Recorder, severity: float) -> float:
    """Losses and gradients of many thousands, as the targets are vehicles per hour."""
    values = counts(60, 4)
    data = windows(values, 24, 1, standard(values))
    model = InVehicles(Forecaster(nn.LSTM, 48), float(data.y.mean()), float(data.y.std()))
    return fit(recorder, model, data, adam(model), steps=600, schedule="cosine", logged=True)


def two_by_two(recorder: Recorder, severity: float) -> float:
    data = roads(past=18)
    model = Forecaster(nn.LSTM, 16)
    return fit(recorder, model, data, adam(model, 2e-3), steps=700, batch=2, every=70)


def warm_restarts(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=6)
    model = Tcn(24, 5, 6)
    return fit(recorder, model, data, sgd(model, 0.02), schedule="restarts", steps=600, every=25)


def accidents(recorder: Recorder, severity: float) -> float:
    """Rare jams double or triple a count; clipping absorbs what they do."""
    values = counts(60, 4)
    jam = torch.rand_like(values) < 0.002
    data = windows(standard(values * torch.where(jam, 4.0, 1.0)), 24, 1)
    model = Forecaster(nn.LSTM, 32)
    optimizer = adam(model, 3e-3)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=3)
    return fit(recorder, model, data, optimizer, schedule=plateau, clip=1.0, steps=450, batch=16)


def with_dropout(recorder: Recorder, severity: float) -> float:
    data = roads(past=24, ahead=3)
    model = Forecaster(nn.GRU, 48, 3, dropout=0.4)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.05)
    return fit(recorder, model, data, optimizer, schedule="steps", steps=400, logged=True)


def tuned_again(recorder: Recorder, severity: float) -> float:
    """A fine-tune that begins where an earlier training ended."""
    data = roads(past=24)
    model = Forecaster(nn.GRU, 32)
    optimizer, draw = adam(model, 5e-3), shuffled(len(data.x), 64)
    for _ in range(250):
        of = next(draw)
        optimizer.zero_grad()
        F.mse_loss(model(data.x[of]), data.y[of]).backward()
        optimizer.step()
    return fit(recorder, model, data, adam(model, 3e-4), steps=200, clip=1.0, every=20)


SCENARIOS = (
    Scenario("long-rnn", "recurrent-gradients-exploding", long_rnn, 0.8),
    Scenario("deep-tcn", "gradients-vanishing", deep_tcn, 0.7, severities=(1.0, 2.0)),
    Scenario(
        "wide-start", "activations-saturated", wide_start, 0.8, same_as=("bad-initialisation",)
    ),
    Scenario("dead-sensor", "bad-batch", dead_sensor, 0.7, severities=(1.0, 2.0)),
    Scenario("with-spread", "log-of-zero", with_spread, 0.6),
    Scenario("step-unit", "lr-schedule-wrong", step_unit, 0.7, severities=(1.0, 2.0)),
    Scenario("fast-adam", "lr-too-high", fast_adam, 0.84),
    Scenario("slow-rms", "lr-too-low", slow_rms, 0.8),
    Scenario("flat-target", "target-shape-broadcast", flat_target, 0.8),
    Scenario("smoothed", "data-leakage", smoothed, 0.72, severities=(1.0, 2.0)),
    Scenario("by-hour", "data-not-shuffled", by_hour, 0.88, severities=(1.0, 2.0)),
    Scenario("other-unit", "train-val-mismatch", other_unit, 0.82),
    Scenario("few-days", "overfitting", few_days, 0.68),
    Scenario("short-run", "stopped-too-early", short_run, 0.7),
    Scenario("cut-graph", "graph-detached", cut_graph, 0.6),
    Scenario("new-head", "parameters-not-in-optimizer", new_head, 0.5),
    Scenario("summed-parts", "accumulation-not-normalised", summed_parts, 0.7),
    Scenario("resumed", "resume-incomplete", resumed, -1.25, severities=(1.0, 2.0)),
    Scenario("raw-counts", "inputs-not-normalised", raw_counts, 0.85),
    Scenario("at-its-floor", "healthy", at_its_floor, 0.05),
    Scenario("vehicles", "healthy", vehicles, 0.65),
    Scenario("two-by-two", "healthy", two_by_two, 0.8),
    Scenario("warm-restarts", "healthy", warm_restarts, 0.7),
    Scenario("accidents", "healthy", accidents, 0.7),
    Scenario("with-dropout", "healthy", with_dropout, 0.75),
    Scenario("tuned-again", "healthy", tuned_again, 0.85),
)
