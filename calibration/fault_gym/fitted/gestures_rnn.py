"""A gesture of three sensors, then rest: GRUs, LSTMs and plain recurrences say which it was."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

NUM_SENSORS, NUM_CLASSES, LENGTH, GESTURE = 3, 5, 24, 8


def _data(
    count: int = 2048, noise: float = 0.5, rest: bool = True, hands: tuple[int, ...] = (97,)
) -> Callable[[torch.Generator], Data]:
    """rest: whether the gesture is over after a third of the time; else it goes on.

    hands: whose gestures they are, each in its own way; what is held out is of the first.
    """

    def way(hand: int) -> tuple[Tensor, Tensor]:
        fixed = torch.Generator().manual_seed(hand)
        pace = 0.4 + 1.2 * torch.rand(NUM_CLASSES, NUM_SENSORS, generator=fixed)
        return pace, 2 * math.pi * torch.rand(NUM_CLASSES, NUM_SENSORS, generator=fixed)

    def made(size: int, rng: torch.Generator, hand: int = hands[0]) -> Pair:
        pace, phase = way(hand)
        target = torch.randint(NUM_CLASSES, (size,), generator=rng)
        time = torch.arange(LENGTH)[None, :, None] + torch.rand(size, 1, 1, generator=rng)
        signal = torch.sin(pace[target][:, None] * time + phase[target][:, None])
        if rest:
            signal[:, GESTURE:] = 0
        return signal + noise * torch.randn(signal.shape, generator=rng), target

    def all_made(rng: torch.Generator) -> Data:
        parts = [made(count // len(hands), rng, hand) for hand in hands]
        train = torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])
        return Data(train, made(384, rng), made(1024, rng))

    return all_made


class Recurrent(nn.Module):
    """The last state of a recurrence. gain: of orthogonal recurrent weights, None for torch's."""

    def __init__(
        self, kind: Literal["gru", "lstm", "tanh", "relu"], size: int, depth: int,
        gain: float | None, dropout: float,
    ) -> None:  # fmt: skip
        super().__init__()
        if kind in ("tanh", "relu"):
            self.rnn: nn.RNNBase = nn.RNN(
                NUM_SENSORS, size, depth, nonlinearity=kind, batch_first=True
            )
        else:
            made = nn.GRU if kind == "gru" else nn.LSTM
            self.rnn = made(NUM_SENSORS, size, depth, batch_first=True)
        self.drop = nn.Dropout(dropout)
        for name, parameter in self.rnn.named_parameters():
            if name.startswith("weight_hh") and gain is not None:
                for part in parameter.data.split(size):
                    nn.init.orthogonal_(part, gain)

    def forward(self, signals: Tensor) -> Tensor:
        """Return features, (batch, size)."""
        last: Tensor = self.drop(self.rnn(signals)[0][:, -1])
        return last


def _net(
    kind: Literal["gru", "lstm", "tanh", "relu"], size: int = 32, depth: int = 1,
    gain: float | None = None, dropout: float = 0.0,
) -> Callable[[], Net]:  # fmt: skip
    return lambda: Net(Recurrent(kind, size, depth, gain, dropout), nn.Linear(size, NUM_CLASSES))


def _accuracy(output: Tensor, target: Tensor) -> float:
    return (output.argmax(1) == target).float().mean().item()


def _likelihood(output: Tensor, target: Tensor) -> float:
    return -functional.cross_entropy(output, target).item()


def _by_hand(scale: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of logits times a scale, written out, in the precision that they have."""

    def loss(output: Tensor, target: Tensor) -> Tensor:
        logits = scale * output
        picked = logits[torch.arange(len(target)), target]
        return (logits.exp().sum(1).log() - picked).mean()

    return loss


def _taught(model: Net) -> None:
    """Teach the gestures of another hand, before anything is logged."""
    rng = torch.Generator().manual_seed(torch.initial_seed())
    inputs, targets = _data(1024, rest=False, hands=(98,))(rng).train
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(200):
        chosen = torch.randint(len(inputs), (32,), generator=rng)
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs[chosen]), targets[chosen]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    model.zero_grad()


def _old(model: nn.Module) -> dict[str, float]:
    rng = torch.Generator().manual_seed(7)
    inputs, targets = _data(256, rest=False, hands=(98,))(rng).train
    with torch.no_grad():
        return {"old_accuracy": _accuracy(model(inputs), targets)}


def _remembers(model: Net, data: Data, reported: float) -> float:
    return _old(model)["old_accuracy"]


def _gained(kind: Literal["tanh", "relu"]) -> plant.Plant:
    """The severity is the gain of the recurrent weights."""
    return lambda program, severity: replace(program, model=_net(kind, gain=severity))


GRU = Program(
    _data(rest=False), _net("gru"), functional.cross_entropy, _accuracy, _accuracy, "adam", 5e-3,
    num_steps=300, batch=32, clip=1.0, eval_every=60, config={"rnn": "GRU", "hidden": 32},
)  # fmt: skip
LSTM = replace(
    GRU, model=_net("lstm", depth=2), data=_data(rest=False), optimizer="rmsprop", lr=2e-3,
    sampling="epochs", schedule=plant.cosine, eval_every=64, clip=None, num_steps=256,
    logs=frozenset({"eval/loss", "eval/accuracy"}), config={"rnn": "LSTM", "epochs": 4},
)  # fmt: skip
TANH = replace(
    GRU, data=_data(), model=_net("tanh", gain=1.0), lr=1e-3, clip=None,
    logs=frozenset({"accuracy"}),
    eval_every=0, config={"rnn": "RNN", "nonlinearity": "tanh"},
)  # fmt: skip
RELU = replace(
    TANH, model=_net("relu", gain=1.4), optimizer="rmsprop", lr=1e-3, clip=None, num_steps=360,
    logs=frozenset({"accuracy", "eval/loss", "eval/accuracy"}), eval_every=80,
    config={"rnn": "RNN", "nonlinearity": "relu"},
)  # fmt: skip
SGD = replace(
    GRU, optimizer="sgd", lr=0.2, schedule=plant.warm_up(0.1, plant.steps_down), num_steps=400,
    data=_data(rest=False), logs=frozenset({"eval/accuracy"}), eval_every=40,
    config={"rnn": "GRU", "milestones": [200, 320]},
)  # fmt: skip
LIKELY = replace(LSTM, score=_likelihood, eval_every=32)
HALF = replace(GRU, half=True, num_steps=240, clip=None)
TUNED = replace(
    GRU, data=_data(rest=False, hands=(97, 98)), prepares=(_taught,), measures=_old, lr=2e-3,
    judge=_remembers, num_steps=240, eval_every=20, config={"rnn": "GRU", "pretrained": True},
)  # fmt: skip
GOAL, PLAIN = 0.9, 0.8

SCENARIOS = (
    healthy("gru", GRU, GOAL),
    healthy("lstm-of-two-layers", LSTM, GOAL),
    healthy("tanh-without-validation", TANH, PLAIN),
    healthy("relu-rmsprop", RELU, PLAIN),
    healthy("gru-sgd-steps-down", SGD, GOAL),
    healthy("sensors-with-much-noise", replace(LSTM, data=_data(noise=2.5, rest=False)), 0.4),
    healthy("dropout-above-validation", replace(LSTM, model=_net("lstm", dropout=0.5)), GOAL),
    healthy("clipped-all-along", replace(GRU, clip=0.1, lr=1e-2), GOAL),
    planted("recurrent-gradients-exploding", RELU, _gained("relu"), PLAIN, (2.5, 4.0)),
    planted(
        "recurrent-gradients-exploding",
        TANH,
        _gained("tanh"),
        PLAIN,
        (3.0, 5.0),
        name="recurrent-gradients-exploding-tanh",
    ),
    healthy("tuned-with-old-gestures", TUNED, 0.8),
    planted(
        "catastrophic-forgetting",
        TUNED,
        lambda p, s: replace(p, data=_data(rest=False), lr=p.lr * s),
        0.8,
        (2.0, 5.0),
    ),
    planted("gradients-vanishing", TANH, _gained("tanh"), PLAIN, (0.15, 0.3)),
    planted(
        "gradients-vanishing",
        RELU,
        _gained("relu"),
        PLAIN,
        (0.1, 0.4),
        name="gradients-vanishing-relu",
    ),
    planted("lr-too-high", GRU, plant.lr_too_high, GOAL, (2.6, 3.0)),
    planted("lr-too-high", SGD, plant.lr_too_high, GOAL, (2.0, 2.6), name="lr-too-high-sgd"),
    planted("lr-too-low", LSTM, plant.lr_too_low, GOAL, (1.3, 2.5)),
    planted("lr-too-low", RELU, plant.lr_too_low, PLAIN, (1.7, 3.0), name="lr-too-low-sgd"),
    planted("lr-schedule-wrong", SGD, plant.lr_decays_too_fast, GOAL, (0.05, 0.15)),
    planted("clipping-too-tight", SGD, plant.clipping_too_tight, GOAL, (2.0, 3.0)),
    planted("weight-decay-too-high", GRU, plant.weight_decay_too_high, GOAL, (0.1, 0.5)),
    planted(
        "weight-decay-too-high",
        SGD,
        plant.weight_decay_too_high,
        GOAL,
        (0.1, 0.3),
        name="weight-decay-too-high-sgd",
    ),
    planted("zero-grad-missing", replace(SGD, clip=None), plant.zero_grad_missing, GOAL),
    planted("optimizer-step-missing", TANH, plant.step_missing, PLAIN, (1.0, 0.03)),
    planted(
        "parameters-frozen",
        GRU,
        plant.frozen("features"),
        GOAL,
        same_as=("parameters-not-in-optimizer",),
    ),
    planted("graph-detached", LSTM, plant.graph_detached, GOAL, (1.0, 2.0)),
    planted("output-constant", GRU, plant.flawed("masked out"), GOAL),
    planted("bad-batch", GRU, plant.nan_in_batch, GOAL, (0.3, 0.8), name="nan-in-batch"),
    planted(
        "fp16-overflow",
        replace(HALF, scales=False, loss=lambda o, t: functional.cross_entropy(4 * o, t)),
        lambda p, s: replace(p, loss=_by_hand(s)),
        GOAL,
        (2.5, 4.0),
    ),
    planted("labels-wrong", LIKELY, plant.labels_misaligned, -0.2, (1.0, 0.6)),
    planted("label-noise", LIKELY, plant.label_noise, -0.2, (0.3, 0.6)),
    planted("data-not-shuffled", LSTM, plant.not_shuffled, GOAL),
    planted(
        "overfitting",
        replace(
            LIKELY,
            sampling="random",
            data=_data(noise=1.0, rest=False),
            model=_net("lstm", 48),
            num_steps=300,
        ),
        plant.few_samples,
        -0.5,
        (0.97, 0.985),
    ),
    planted(
        "data-leakage",
        replace(
            LIKELY,
            data=_data(128, 2.0, rest=False),
            scored_by="gap",
            sampling="random",
            model=_net("lstm", 48),
            num_steps=300,
            eval_every=20,
        ),
        plant.val_leaked,
        -0.8,
        (1.0, 0.8),
    ),
    planted(
        "train-mode-while-evaluating",
        replace(LIKELY, scored_by="gap", model=_net("lstm", dropout=0.8)),
        plant.settings(evaluates_in="train"),
        -0.15,
    ),
    planted(
        "capacity-too-small",
        LSTM,
        lambda p, s: replace(p, model=_net("lstm", int(s))),
        GOAL,
        (1.0, 2.0),
    ),
    planted("stopped-too-early", GRU, plant.stopped_early, GOAL, (20.0, 12.0)),
    planted("loss-reduction-wrong", SGD, plant.loss_divided, GOAL, (1.0, 1.5)),
    planted("resume-incomplete", LIKELY, plant.resume_incomplete("head optimizer schedule"), -0.1),
    planted(
        "throughput-cliff",
        replace(GRU, scored_by="slowdown", num_steps=120),
        plant.throughput_cliff,
        -2.0,
        (30.0, 50.0),
    ),
    planted(
        "memory-leak",
        replace(GRU, scored_by="growth", num_steps=200),
        plant.memory_leak,
        -2.0,
        (0.5, 0.25),
    ),
    planted(
        "dataloader-bottleneck",
        replace(LSTM, scored_by="wait", num_steps=100),
        plant.slow_loader,
        -0.4,
        (30.0, 50.0),
    ),
)
