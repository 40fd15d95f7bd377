"""A smooth function of eight variables in noise, fitted by MLPs; no accuracy is logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

NUM_VARIABLES = 8


def _data(
    count: int = 4096,
    noise: float = 0.1,
    tails: bool = False,
    unit: float = 1.0,
    base: float = 0.0,
    clear: bool = True,
) -> Callable[[torch.Generator], Data]:
    """tails: noise as of a Student distribution with 1.5 degrees. unit, base: of the target.

    clear: judged without noise.
    """

    def made(size: int, rng: torch.Generator, noise: float) -> Pair:
        x = torch.rand(size, NUM_VARIABLES, generator=rng) * 2 - 1
        y = (
            torch.sin(3 * x[:, 0] * x[:, 1])
            + x[:, 2] ** 2
            - x[:, 3]
            + 0.5 * (x[:, 4] > 0) * x[:, 5]
        )
        draw = torch.randn(size, generator=rng)
        if tails:
            chi = torch.randn(size, 2, generator=rng).square().sum(1)
            draw = draw / chi.clamp(min=1e-3) ** 0.7
        return x * 3**0.5, (unit * ((y - 0.3) / 0.9 + noise * draw) + base)[:, None]

    return lambda rng: Data(
        made(count, rng, noise), made(1024, rng, noise), made(2048, rng, 0.0 if clear else noise)
    )


def _mlp(
    *widths: int, act: type[nn.Module] = nn.ReLU, dropout: float = 0.0, outputs: int = 1,
    end: type[nn.Module] | None = None,
) -> Callable[[], Net]:  # fmt: skip
    def made() -> Net:
        layers: list[nn.Module] = []
        for i, o in zip((NUM_VARIABLES, *widths), widths, strict=False):
            layers += [nn.Linear(i, o), act(), *([nn.Dropout(dropout)] if dropout else [])]
        head = nn.Linear(widths[-1], outputs)
        return Net(nn.Sequential(*layers), nn.Sequential(head, end()) if end else head)

    return made


def _explained(output: Tensor, target: Tensor) -> float:
    """The share of the variance that is explained, without the noise."""
    error = (output[:, :1] - target).square().mean()
    return (1 - error / target.var()).item()


def _broadcast(output: Tensor, target: Tensor) -> Tensor:
    return functional.mse_loss(output, target.squeeze(1))


def _gaussian(output: Tensor, target: Tensor) -> Tensor:
    """The negative log-likelihood of a mean and a log-variance, which may go below zero."""
    return 0.5 * ((target - output[:, :1]).square() / output[:, 1:].exp() + output[:, 1:]).mean()


def _relative(output: Tensor, target: Tensor) -> Tensor:
    """The error relative to what was measured."""
    return ((output - target) / target).square().mean()


def _relative_safe(output: Tensor, target: Tensor) -> Tensor:
    return ((output - target) / target.abs().clamp(min=0.5)).square().mean()


def _zero_meter(data: Data, rng: torch.Generator) -> Data:
    """One meter stood still: its row of the training data has a target of zero."""
    inputs, targets = data.train
    still = torch.arange(len(targets)) == 77
    return replace(data, train=(inputs, torch.where(still[:, None], 0.0, targets)))


ADAM = Program(
    _data(), _mlp(64, 64), functional.mse_loss, _explained, None, "adam", 3e-3, num_steps=480,
    eval_every=120, logs=frozenset({"eval/loss"}), config={"loss": "mse"},
)  # fmt: skip
SGD = replace(
    ADAM, optimizer="sgd", lr=0.05, batch=32, schedule=plant.warm_up(0.05, plant.linear),
    sampling="epochs", num_steps=640, eval_every=128,
    config={"loss": "mse", "schedule": "linear", "epochs": 5},
)  # fmt: skip
DEEP = replace(
    ADAM, model=_mlp(*[32] * 6, act=nn.Tanh), lr=2e-3, schedule=plant.cosine, eval_every=0,
    logs=frozenset(), config={"loss": "mse", "schedule": "cosine"},
)  # fmt: skip
HUBER = replace(
    ADAM, loss=functional.smooth_l1_loss, optimizer="adamw", weight_decay=0.01, lr=2e-3,
    eval_every=40, config={"loss": "huber"},
)  # fmt: skip
RELU_DEEP = replace(ADAM, model=_mlp(*[32] * 6), lr=2e-3, num_steps=500, eval_every=50)
ACCUMULATED = replace(SGD, accumulate=8, batch=8, num_steps=260, lr=0.05, eval_every=52)
FEW = replace(
    ADAM, data=_data(4096, noise=0.7), sampling="epochs", num_steps=640, model=_mlp(128, 128),
    eval_every=32, lr=2e-3,
)  # fmt: skip
DROPPED = replace(ADAM, model=_mlp(128, 128, dropout=0.3), num_steps=600, eval_every=50, lr=3e-3)
POSITIVE = replace(
    ADAM, data=_data(base=4.0), loss=_relative_safe, num_steps=600, changes=(_zero_meter,)
)
GOAL = 0.88

SCENARIOS = (
    healthy("plain", ADAM, GOAL),
    healthy("sgd-linear", SGD, GOAL),
    healthy("tanh-deep-without-validation", DEEP, 0.8),
    healthy("huber", HUBER, GOAL),
    healthy("dropout-above-validation", DROPPED, 0.7),
    healthy("at-the-noise-floor", replace(ADAM, data=_data(noise=2.0), lr=1e-3), 0.4),
    healthy(
        "heavy-tails",
        replace(ADAM, data=_data(noise=0.5, tails=True), loss=functional.smooth_l1_loss, lr=1e-3),
        0.6,
    ),
    healthy(
        "likelihood-below-zero",
        replace(ADAM, loss=_gaussian, model=_mlp(64, 64, outputs=2), num_steps=600),
        0.75,
    ),
    healthy(
        "in-watts",
        replace(ADAM, data=_data(unit=300.0, base=0.0), lr=1e-2, num_steps=800, model=_mlp(96, 96)),
        0.75,
    ),
    healthy(
        "rare-spikes-clipped",
        replace(
            ADAM,
            data=_data(noise=0.2, tails=True),
            clip=1.0,
            schedule=plant.warm_up(0.1, plant.cosine),
            config={"loss": "mse", "schedule": "cosine"},
        ),
        0.6,
    ),
    healthy("restarts", replace(ADAM, schedule=plant.restarts), GOAL),
    healthy(
        "rmsprop-in-batches-of-eight",
        replace(ADAM, optimizer="rmsprop", batch=8, lr=5e-4, num_steps=800),
        0.75,
    ),
    planted("lr-too-high", ADAM, plant.lr_too_high, GOAL, (2.0, 2.5)),
    planted("lr-too-high", SGD, plant.lr_too_high, GOAL, (0.9, 1.5), name="lr-too-high-sgd"),
    planted("lr-too-low", ADAM, plant.lr_too_low, GOAL, (1.5, 3.0)),
    planted("lr-too-low", SGD, plant.lr_too_low, GOAL, (2.0, 3.5), name="lr-too-low-sgd"),
    planted(
        "lr-schedule-wrong", SGD, plant.lr_zero_early, GOAL, (0.92, 0.96), name="lr-zero-early"
    ),
    planted(
        "lr-schedule-wrong",
        replace(SGD, lr=0.03),
        plant.lr_jumps,
        GOAL,
        (0.9, 1.5),
        name="lr-jumps",
    ),
    planted(
        "lr-schedule-wrong",
        DEEP,
        plant.lr_decays_too_fast,
        0.75,
        (0.03, 0.1),
        name="lr-decays-by-step",
    ),
    planted(
        "clipping-too-tight", replace(SGD, clip=1.0), plant.clipping_too_tight, GOAL, (1.5, 3.0)
    ),
    planted("weight-decay-too-high", HUBER, plant.weight_decay_too_high, GOAL, (10.0, 60.0)),
    planted(
        "weight-decay-too-high",
        ADAM,
        plant.weight_decay_too_high,
        GOAL,
        (0.3, 1.0),
        name="l2-too-high",
    ),
    planted("adam-epsilon-too-large", HUBER, plant.epsilon_too_large, GOAL, (0.05, 2.0)),
    planted("zero-grad-missing", SGD, plant.zero_grad_missing, GOAL),
    planted("optimizer-step-missing", HUBER, plant.step_missing, GOAL, (1.0, 0.02)),
    planted(
        "parameters-not-in-optimizer",
        RELU_DEEP,
        plant.left_out("features", "features.0 features.2 features.4 features.6"),
        GOAL,
        (1.0, 2.0),
    ),
    planted("parameters-frozen", RELU_DEEP, plant.frozen("features"), GOAL),
    planted("accumulation-not-normalised", replace(ACCUMULATED, lr=0.1), plant.not_divided, GOAL),
    planted("graph-detached", RELU_DEEP, plant.graph_detached, GOAL, (1.0, 2.0)),
    planted("log-of-zero", POSITIVE, plant.settings(loss=_relative), 0.4, name="divided-by-zero"),
    planted("bad-batch", HUBER, plant.nan_in_batch, GOAL, (0.3, 0.75), name="nan-in-batch"),
    planted(
        "bad-batch",
        ADAM,
        plant.outliers("targets", (0.6, 0.85, 0.95)),
        GOAL,
        (2.3, 3.0),
        name="outliers-in-targets",
    ),
    planted(
        "bad-initialisation", ADAM, plant.init_scaled, GOAL, (4.0, 10.0), name="init-too-large"
    ),
    planted("bad-initialisation", ADAM, plant.init_zero, GOAL, name="init-zero"),
    planted(
        "gradients-vanishing",
        RELU_DEEP,
        plant.settings(model=_mlp(*[32] * 8, act=nn.Sigmoid)),
        GOAL,
    ),
    planted(
        "relus-dead", RELU_DEEP, plant.biases_low, GOAL, (1.0, 4.6), same_as=("bad-initialisation",)
    ),
    planted(
        "activations-saturated",
        DEEP,
        plant.init_scaled,
        0.75,
        (4.0, 15.0),
        same_as=("bad-initialisation",),
    ),
    planted("inputs-not-normalised", ADAM, plant.not_normalised, GOAL, (100.0, 1000.0)),
    planted(
        "inputs-not-normalised",
        SGD,
        plant.not_normalised,
        GOAL,
        (5.0, 50.0),
        name="inputs-not-normalised-sgd",
    ),
    planted(
        "capacity-too-small",
        ADAM,
        lambda p, s: replace(p, model=_mlp(int(s), 64)),
        GOAL,
        (1.0, 2.0),
    ),
    planted("stopped-too-early", ADAM, plant.stopped_early, 0.92, (12.0, 8.0)),
    planted("output-constant", HUBER, plant.flawed("averaged over the batch"), GOAL),
    planted("loss-reduction-wrong", SGD, plant.loss_summed, GOAL),
    planted(
        "loss-reduction-wrong",
        replace(SGD, schedule=plant.cosine),
        plant.loss_divided,
        GOAL,
        name="loss-divided-twice",
    ),
    planted("target-shape-broadcast", ADAM, plant.settings(loss=_broadcast), GOAL),
    planted(
        "target-shape-broadcast",
        HUBER,
        plant.settings(loss=lambda o, t: functional.smooth_l1_loss(o, t.squeeze(1))),
        GOAL,
        name="target-shape-broadcast-huber",
    ),
    planted("labels-wrong", ADAM, plant.labels_misaligned, GOAL, (1.0, 0.7)),
    planted("label-noise", HUBER, plant.label_noise, GOAL, (0.5, 0.7)),
    planted("data-not-shuffled", SGD, plant.not_shuffled, GOAL),
    planted("data-leakage", ADAM, plant.column_leaked, GOAL, (0.05, 0.2)),
    planted(
        "data-leakage",
        replace(FEW, data=_data(384, noise=0.7, clear=False), scored_by="gap"),
        plant.val_leaked,
        -0.25,
        (1.0, 0.8),
        name="rows-leaked",
    ),
    planted(
        "train-val-mismatch",
        replace(ADAM, scored_by="gap"),
        plant.val_not_normalised,
        -0.5,
        (1.0, 3.0),
    ),
    planted("overfitting", FEW, plant.few_samples, 0.8, (0.95, 0.9)),
    planted(
        "train-mode-while-evaluating",
        replace(
            DROPPED, scored_by="gap", data=_data(noise=0.02), model=_mlp(128, 128, dropout=0.5)
        ),
        plant.settings(evaluates_in="train"),
        -0.04,
    ),
    planted(
        "dataloader-bottleneck",
        replace(ADAM, scored_by="wait", num_steps=300),
        plant.slow_loader,
        -0.4,
        (4.0, 8.0),
    ),
    planted(
        "memory-leak",
        replace(ADAM, scored_by="growth", num_steps=480, model=_mlp(256, 256), batch=128),
        plant.memory_leak,
        -2.0,
        (0.25, 0.1),
    ),
    planted(
        "nan-hidden-by-logger",
        ADAM,
        plant.nan_hidden("as zero"),
        GOAL,
        (0.4, 0.75),
        same_as=("bad-batch",),
    ),
    planted(
        "resume-incomplete",
        SGD,
        plant.resume_incomplete("head optimizer schedule weights", "optimizer schedule weights"),
        0.94,
        (1.0,),
    ),
)
