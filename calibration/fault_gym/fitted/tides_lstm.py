"""Water levels an hour ahead, with storms that come: LSTMs and GRUs, one loss or a sum of two.

Targets: the level of the next hour, and whether a storm blows now. Outputs: the level, the
deviation of what is said of it, and the logit of a storm.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

LENGTH = 24


def _data(
    count: int = 1536, noise: float = 0.15, tails: float = 0.0, unit: float = 1.0
) -> Callable[[torch.Generator], Data]:
    """tails: degrees of freedom of the noise, 0 for a normal one. unit: what levels count in."""

    def made(size: int, rng: torch.Generator) -> Pair:
        hours = torch.arange(LENGTH + 1)[None] + 100 * torch.rand(size, 1, generator=rng)
        high = 0.7 + 0.6 * torch.rand(size, 1, generator=rng)
        level = high * (torch.sin(2 * math.pi * hours / 12.4) + 0.4 * torch.sin(hours / 2))
        storm = torch.zeros(size, LENGTH + 1)
        begins = torch.randint(4, 2 * LENGTH, (size,), generator=rng)
        storm[torch.arange(LENGTH + 1)[None] >= begins[:, None]] = 1.0
        made_of = torch.randn(level.shape, generator=rng)
        if tails:
            chi = torch.randn(*level.shape, int(tails), generator=rng).square().mean(-1)
            made_of = made_of / chi.sqrt()
        level = (level + storm + noise * made_of) * unit
        return level[:, :-1, None], torch.stack([level[:, 1:], storm[:, :-1]], -1)

    return lambda rng: Data(made(count, rng), made(192, rng), made(512, rng))


class Levels(nn.Module):
    """States of a recurrence over the hours. ahead: whether it also runs backwards."""

    def __init__(self, kind: type[nn.LSTM | nn.GRU], size: int, depth: int, ahead: bool) -> None:
        super().__init__()
        self.rnn: nn.RNNBase = kind(1, size, depth, batch_first=True, bidirectional=ahead)

    def forward(self, levels: Tensor) -> Tensor:
        """Return features, (batch, hours, size)."""
        states: Tensor = self.rnn(levels)[0]
        return states


def _net(
    kind: type[nn.LSTM | nn.GRU] = nn.LSTM, size: int = 24, depth: int = 1, *, ahead: bool = False,
    acts: type[nn.Module] | None = None, deep: int = 0,
) -> Callable[[], Net]:  # fmt: skip
    """acts, deep: layers of that kind between the states and the head, so many."""

    def made() -> Net:
        width = size * (2 if ahead else 1)
        layers: list[nn.Module] = []
        for _ in range(deep):
            layers += [nn.Linear(width, width), (acts or nn.ReLU)()]
        return Net(Levels(kind, size, depth, ahead), nn.Sequential(*layers, nn.Linear(width, 3)))

    return made


def _relu(size: int = 24) -> Callable[[], Net]:
    """A plain recurrence of rectifiers."""

    def made() -> Net:
        features = Levels(nn.GRU, size, 1, False)
        features.rnn = nn.RNN(1, size, nonlinearity="relu", batch_first=True)
        return Net(features, nn.Linear(size, 3))

    return made


def _wide(program: Program, severity: float) -> Program:
    """Recurrent weights begin so many times as large as they ought to."""

    def widen(model: Net) -> None:
        for name, parameter in model.named_parameters():
            if "weight_hh" in name:
                parameter.data.mul_(severity)

    return replace(program, prepares=(*program.prepares, widen))


def _squares(output: Tensor, target: Tensor) -> Tensor:
    return (output[..., 0] - target[..., 0]).square().mean()


def _absolute(output: Tensor, target: Tensor) -> Tensor:
    return functional.smooth_l1_loss(output[..., 0], target[..., 0], beta=0.3)


def _storm(output: Tensor, target: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(output[..., 2], target[..., 1])


def _both(weight: float) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda output, target: _squares(output, target) + weight * _storm(output, target)


def _dead(output: Tensor, target: Tensor) -> Tensor:
    """The logit of a storm is that of a probability cut to what is above a half."""
    chance = (torch.sigmoid(output[..., 2] - 6) - 0.5).clamp(min=0) + 0.05
    return _squares(output, target) + functional.binary_cross_entropy(chance, target[..., 1])


def _terms(output: Tensor, target: Tensor) -> dict[str, float]:
    return {
        "loss/level": _squares(output, target).item(), "loss/storm": _storm(output, target).item()
    }  # fmt: skip


def _gauss(output: Tensor, target: Tensor) -> Tensor:
    """Minus the log-likelihood of a normal level; it may be negative."""
    deviation = functional.softplus(output[..., 1]) + 1e-2
    z = (output[..., 0] - target[..., 0]) / deviation
    return (0.5 * z.square() + deviation.log()).mean()


def _sharp(output: Tensor, target: Tensor) -> Tensor:
    return _squares(output, target) + functional.binary_cross_entropy_with_logits(
        8 * output[..., 2], target[..., 1]
    )


def _sharp_by_hand(output: Tensor, target: Tensor) -> Tensor:
    """The same from probabilities, whose logs are taken as they are."""
    chance, storm = torch.sigmoid(8 * output[..., 2]), target[..., 1]
    each = storm * torch.log(chance) + (1 - storm) * torch.log(1 - chance)
    return _squares(output, target) - each.mean()


def _sharp_in_half(scale: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The same from exponentials, in the precision that logits have."""

    def loss(output: Tensor, target: Tensor) -> Tensor:
        logit = scale * output[..., 2]
        return _squares(output, target) + ((1 + logit.exp()).log() - target[..., 1] * logit).mean()

    return loss


def _score(output: Tensor, target: Tensor) -> float:
    return -_squares(output, target).item()


def _score_of_most(output: Tensor, target: Tensor) -> float:
    return -_absolute(output, target).item()


def _score_of_storm(output: Tensor, target: Tensor) -> float:
    return ((output[..., 2] > 0) == (target[..., 1] > 0.5)).float().mean().item()


def _unshifted(data: Data, _: torch.Generator, severity: float) -> Data:
    """The target is this hour's level, not the next one's."""

    def now(pair: Pair) -> Pair:
        return pair[0], torch.cat([pair[0], pair[1][..., 1:]], -1)

    return replace(data, train=now(data.train), val=now(data.val))


def _shifted(data: Data, _: torch.Generator, severity: float) -> Data:
    """The target is that of so many hours later."""

    def late(pair: Pair) -> Pair:
        count = int(severity)
        return pair[0][:, :-count], pair[1][:, count:]

    return replace(data, train=late(data.train), val=late(data.val))


def _gaps(data: Data, rng: torch.Generator, share: float) -> Data:
    """Of this share of the days an hour was not measured, and is read as NaN."""
    inputs = data.train[0].clone()
    inputs[torch.rand(len(inputs), generator=rng) < share, 7] = math.nan
    return replace(data, train=(inputs, data.train[1]))


def _of_the_past(model: Net, data: Data, reported: float) -> float:
    """Return minus the error of the last hour's forecast, with nothing of later in sight."""
    with torch.no_grad():
        return -_squares(model(data.test[0])[:, -1:], data.test[1][:, -1:]).item()


def _loss(loss: Callable[[Tensor, Tensor], Tensor]) -> plant.Plant:
    return plant.settings(loss=loss)


LSTM = Program(
    _data(), _net(), _squares, _score, None, "adam", 1e-2, num_steps=288, batch=32,
    sampling="epochs", schedule=plant.cosine, eval_every=48, logs=frozenset({"eval/loss"}),
    config={"rnn": "LSTM", "epochs": 6, "schedule": "cosine"},
)  # fmt: skip
GRU = replace(
    LSTM, model=_net(nn.GRU, 24), optimizer="adamw", lr=5e-3, weight_decay=0.01, clip=1.0,
    sampling="random", schedule=plant.warm_up(0.1, plant.linear), eval_every=24,
    config={"rnn": "GRU", "warmup_ratio": 0.1},
)  # fmt: skip
SGD = replace(
    GRU, optimizer="sgd", lr=0.1, weight_decay=0.0, num_steps=400, logs=frozenset(), eval_every=0,
    schedule=plant.warm_up(0.05), clip=1.0, config={"rnn": "GRU"},
)  # fmt: skip
GAUSS = replace(LSTM, loss=_gauss, schedule=plant.warm_up(0.1), lr=5e-3, eval_every=24)
TWO = replace(
    LSTM, loss=_both(1.0), terms=_terms, score=_score_of_storm, eval_every=24,
    config={"heads": ["level", "storm"], "storm_weight": 1.0},
)  # fmt: skip
TWO_OF_GRU = replace(
    GRU, loss=_both(0.5), terms=_terms, score=_score_of_storm, logs=frozenset(), eval_every=0,
    config={"heads": ["level", "storm"], "storm_weight": 0.5},
)  # fmt: skip
DEEP = replace(
    SGD, model=_net(nn.GRU, 16, acts=nn.ReLU, deep=7), lr=0.05, optimizer="sgd",
    data=_data(noise=0.05),
)  # fmt: skip
SCALED = replace(GRU, half=True, num_steps=192)
RELU = replace(
    LSTM, model=_relu(), optimizer="rmsprop", lr=2e-3, config={"rnn": "RNN", "epochs": 6}
)
GOAL = -0.12

SCENARIOS = (
    healthy("lstm", LSTM, GOAL),
    healthy("gru", GRU, GOAL),
    healthy("gru-sgd-without-validation", SGD, GOAL),
    healthy("negative-log-likelihood", GAUSS, GOAL),
    healthy("two-terms", TWO, 0.9),
    healthy("two-terms-of-a-gru", TWO_OF_GRU, 0.9),
    healthy(
        "noise-with-long-tails",
        replace(GRU, data=_data(noise=0.3, tails=2.0), loss=_absolute, score=_score_of_most),
        -0.6,
    ),
    healthy(
        "levels-in-centimetres",
        replace(
            GRU,
            data=_data(unit=100.0),
            lr=5e-2,
            clip=None,
            model=_net(nn.GRU, 32),
            loss=lambda o, t: _squares(o * 100, t),
            score=lambda o, t: _score(o, t / 100),
        ),
        GOAL,
    ),
    healthy("restarts", replace(LSTM, schedule=plant.restarts), GOAL),
    planted(
        "auxiliary-head-collapsed",
        TWO,
        lambda p, s: replace(p, loss=_both(10**-s)),
        0.9,
        (5.0, 9.0),
        name="storms-weigh-nothing",
    ),
    planted("auxiliary-head-collapsed", TWO_OF_GRU, _loss(_dead), 0.9, name="storms-cut-off"),
    planted(
        "causal-mask-missing",
        replace(GRU, judge=_of_the_past),
        plant.settings(model=_net(nn.GRU, 24, ahead=True)),
        GOAL,
        name="runs-backwards-too",
    ),
    planted(
        "causal-mask-missing", LSTM, plant.changed(_unshifted), GOAL, name="target-not-shifted"
    ),
    planted(
        "gradients-vanishing",
        DEEP,
        plant.settings(model=_net(nn.GRU, 16, acts=nn.Sigmoid, deep=7)),
        -0.2,
    ),
    healthy("rectifiers", RELU, GOAL),
    planted("recurrent-gradients-exploding", RELU, _wide, GOAL, (4.0, 6.0)),
    planted("lr-too-high", LSTM, plant.lr_too_high, GOAL, (2.0, 2.4)),
    planted("lr-too-high", SGD, plant.lr_too_high, GOAL, (1.3, 2.0), name="lr-too-high-sgd"),
    planted("lr-too-low", GRU, plant.lr_too_low, GOAL, (1.7, 3.0)),
    planted("lr-schedule-wrong", LSTM, plant.lr_zero_early, GOAL, (0.9, 0.95)),
    planted("clipping-too-tight", SGD, plant.clipping_too_tight, GOAL, (2.5, 3.2)),
    planted("weight-decay-too-high", GRU, plant.weight_decay_too_high, GOAL, (10.0, 50.0)),
    planted("zero-grad-missing", replace(SGD, clip=None), plant.zero_grad_missing, GOAL),
    planted("optimizer-step-missing", LSTM, plant.step_missing, GOAL, (1.0, 0.02)),
    planted(
        "parameters-frozen",
        TWO_OF_GRU,
        plant.frozen("features"),
        0.9,
        same_as=("parameters-not-in-optimizer",),
    ),
    planted("graph-detached", TWO, plant.graph_detached, 0.9, (1.0, 2.0)),
    planted("output-constant", GRU, plant.flawed("masked out"), GOAL),
    planted("log-of-zero", replace(TWO, terms=None, loss=_sharp), _loss(_sharp_by_hand), 0.9),
    planted("bad-batch", GRU, plant.nan_in_batch, GOAL, (0.3, 0.8), name="nan-in-batch"),
    planted(
        "bad-batch",
        replace(SGD, clip=None, lr=0.05),
        plant.outliers("targets", (0.6, 0.96)),
        GOAL,
        (3.0, 4.0),
        name="outliers-in-batches",
    ),
    planted(
        "fp16-overflow",
        replace(SCALED, scales=False, loss=_sharp, score=_score_of_storm),
        lambda p, s: replace(p, loss=_sharp_in_half(s)),
        0.9,
        (12.0, 20.0),
    ),
    planted("grad-scaler-stuck", SCALED, plant.changed(_gaps), GOAL, (0.1, 0.3)),
    planted("labels-wrong", GRU, plant.changed(_shifted), GOAL, (1.0, 2.0)),
    planted(
        "labels-wrong", LSTM, plant.labels_misaligned, GOAL, (1.0, 0.6), name="rows-misaligned"
    ),
    planted(
        "overfitting",
        replace(
            LSTM,
            data=_data(noise=0.3),
            model=_net(size=48),
            num_steps=480,
            sampling="random",
            schedule=plant.warm_up(0.1),
        ),
        plant.few_samples,
        -0.25,
        (0.98, 0.988),
    ),
    planted(
        "data-leakage",
        replace(
            LSTM,
            data=_data(24, noise=0.4),
            model=_net(size=48),
            scored_by="gap",
            num_steps=400,
            sampling="random",
            schedule=plant.warm_up(0.1),
        ),
        plant.val_leaked,
        -0.06,
        (1.0, 0.8),
    ),
    planted(
        "capacity-too-small",
        LSTM,
        lambda p, s: replace(p, model=_net(size=int(s))),
        GOAL,
        (1.0,),
    ),
    planted("stopped-too-early", GRU, plant.stopped_early, GOAL, (10.0, 7.0)),
    planted("loss-reduction-wrong", SGD, plant.loss_divided, GOAL, (1.4, 2.0)),
    planted("resume-incomplete", LSTM, plant.resume_incomplete("head optimizer schedule"), -0.11),
    planted(
        "throughput-cliff",
        replace(GRU, scored_by="slowdown", num_steps=120),
        plant.throughput_cliff,
        -2.0,
        (30.0, 50.0),
    ),
)
