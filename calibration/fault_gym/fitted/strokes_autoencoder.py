"""Pictures of a few smooth strokes, squeezed through a narrow code and painted anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

SIDE, NUM_CODES = 8, 8
NUM_PIXELS = SIDE * SIDE


def _data(count: int = 3072, noise: float = 0.05) -> Callable[[torch.Generator], Data]:
    """Pictures that few numbers make: a dark or bright blot, an edge and a slope, in 0 to 1."""
    rows, columns = torch.meshgrid(
        torch.linspace(-1, 1, SIDE), torch.linspace(-1, 1, SIDE), indexing="ij"
    )

    def made(size: int, rng: torch.Generator) -> Pair:
        numbers = torch.rand(size, 6, generator=rng)[:, :, None, None] * 2 - 1
        blot = torch.exp(-3 * ((rows - numbers[:, 0]) ** 2 + (columns - numbers[:, 1]) ** 2))
        edge = torch.tanh(3 * (rows * numbers[:, 2] + columns * numbers[:, 3]))
        picture = torch.sigmoid(5 * blot * numbers[:, 4].sign() + 2 * edge + numbers[:, 5])
        flat = picture.reshape(size, NUM_PIXELS)
        flat = (flat + noise * torch.randn(flat.shape, generator=rng)).clamp(0, 1)
        return (flat - 0.5) * 4, flat

    return lambda rng: Data(made(count, rng), made(512, rng), made(1024, rng))


def _blanks(data: Data, rng: torch.Generator) -> Data:
    """Binary pictures, of which a part is blank."""

    def made(pair: Pair) -> Pair:
        flat = (pair[1] > 0.5).float()
        return (flat - 0.5) * 2, flat

    return Data(made(data.train), made(data.val), made(data.test))


def _autoencoder(
    *widths: int, code: int = NUM_CODES, act: type[nn.Module] = nn.ReLU, dropout: float = 0.0
) -> Callable[[], Net]:
    """An encoder of these widths, and a decoder of the same, backwards."""

    def stack(sizes: tuple[int, ...]) -> list[nn.Module]:
        layers: list[nn.Module] = []
        for i, o in pairwise(sizes):
            layers += [nn.Linear(i, o), act()]
        return layers[:-1]

    def made() -> Net:
        first = [nn.Dropout(dropout)] if dropout else []
        encoder = nn.Sequential(*first, *stack((NUM_PIXELS, *widths, code)))
        return Net(encoder, nn.Sequential(*stack((code, *reversed(widths), NUM_PIXELS))))

    return made


def _explained(output: Tensor, target: Tensor) -> float:
    """The share of the pixels' variance that is painted anew."""
    painted = torch.sigmoid(output)
    return (1 - (painted - target).square().mean() / target.var(0).mean()).item()


def _square(output: Tensor, target: Tensor) -> Tensor:
    return (torch.sigmoid(output) - target).square().mean()


def _square_sum(output: Tensor, target: Tensor) -> Tensor:
    """Summed over the pixels, averaged over the batch."""
    return (torch.sigmoid(output) - target).square().sum(1).mean()


def _cross(output: Tensor, target: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(output, target)


def _cross_by_hand(output: Tensor, target: Tensor) -> Tensor:
    p = torch.sigmoid(output)
    return -(target * torch.log(p) + (1 - target) * torch.log(1 - p)).mean()


def _sharper(output: Tensor, target: Tensor) -> Tensor:
    return _cross(output * 8, target)


def _sharper_by_hand(output: Tensor, target: Tensor) -> Tensor:
    return _cross_by_hand(output * 8, target)


def _sure(output: Tensor, target: Tensor) -> float:
    """The share of pixels on the right side."""
    return ((output > 0) == (target > 0.5)).float().mean().item()


ADAMW = Program(
    _data(), _autoencoder(48), _square, _explained, None, "adamw", 3e-3, num_steps=420, batch=48,
    schedule=plant.linear, eval_every=60, logs=frozenset({"eval/loss"}), weight_decay=0.01,
    config={"code": NUM_CODES, "loss": "mse", "schedule": "linear"},
)  # fmt: skip
CROSS = replace(
    ADAMW, loss=_cross, optimizer="adam", lr=4e-3, weight_decay=0.0, sampling="epochs",
    schedule=lambda step, total: 1.0, config={"code": NUM_CODES, "loss": "bce", "epochs": 7},
)  # fmt: skip
SGD = replace(
    ADAMW, loss=_square_sum, optimizer="sgd", lr=0.02, schedule=plant.warm_up(0.1, plant.cosine),
    num_steps=500, eval_every=100, weight_decay=0.0, sampling="epochs",
    config={"code": NUM_CODES, "loss": "sse", "schedule": "cosine"},
)  # fmt: skip
DEEP = replace(ADAMW, model=_autoencoder(40, 32, 24), lr=3e-3, eval_every=0, logs=frozenset())
TANH = replace(
    ADAMW, model=_autoencoder(48, act=nn.Tanh), optimizer="rmsprop", lr=2e-3, weight_decay=0.0
)
BINARY = replace(CROSS, changes=(_blanks,), score=_sure)
DENOISING = replace(
    CROSS, model=_autoencoder(64, dropout=0.3), logs=frozenset({"eval/loss"}), eval_every=42
)
FEW = replace(ADAMW, data=_data(3072, noise=0.3), model=_autoencoder(128, code=48), num_steps=600,
              eval_every=30, schedule=lambda step, total: 1.0, sampling="epochs")  # fmt: skip
ACCUMULATED = replace(SGD, accumulate=8, batch=8, num_steps=260, eval_every=52)
GOAL = 0.85

SCENARIOS = (
    healthy("plain", ADAMW, GOAL),
    healthy("cross-entropy-far-from-zero", CROSS, GOAL),
    healthy("sum-over-pixels-sgd", SGD, 0.8),
    healthy("deep-without-validation", DEEP, 0.75),
    healthy("tanh-rmsprop", TANH, 0.85),
    healthy("inputs-dropped-in-training", DENOISING, 0.85),
    healthy("restarts", replace(CROSS, schedule=plant.restarts), GOAL),
    healthy(
        "loss-in-the-hundred-thousands",
        replace(CROSS, loss=lambda o, t: 1e5 * _square_sum(o, t), config={"loss": "sse"}),
        GOAL,
    ),
    healthy("noise-that-cannot-be-painted", replace(ADAMW, data=_data(noise=0.5)), 0.25),
    planted("lr-too-high", ADAMW, plant.lr_too_high, GOAL, (1.5, 2.2)),
    planted("lr-too-high", SGD, plant.lr_too_high, 0.8, (1.0, 2.0), name="lr-too-high-sgd"),
    planted("lr-too-low", ADAMW, plant.lr_too_low, GOAL, (1.2, 2.5)),
    planted(
        "lr-schedule-wrong", ADAMW, plant.lr_zero_early, GOAL, (0.8, 0.95), name="lr-zero-early"
    ),
    planted(
        "lr-schedule-wrong",
        SGD,
        plant.lr_decays_too_fast,
        0.8,
        (0.03, 0.1),
        name="lr-decays-by-step",
    ),
    planted("lr-schedule-wrong", ADAMW, plant.lr_jumps, GOAL, (1.3, 1.9), name="lr-jumps"),
    planted(
        "clipping-too-tight", replace(SGD, clip=2.0), plant.clipping_too_tight, 0.8, (1.3, 2.5)
    ),
    planted("weight-decay-too-high", ADAMW, plant.weight_decay_too_high, GOAL, (15.0, 50.0)),
    planted("adam-epsilon-too-large", CROSS, plant.epsilon_too_large, GOAL, (0.03, 0.3)),
    planted("zero-grad-missing", SGD, plant.zero_grad_missing, 0.8),
    planted(
        "zero-grad-missing", CROSS, plant.zero_grad_missing, GOAL, name="zero-grad-missing-adam"
    ),
    planted("optimizer-step-missing", CROSS, plant.step_missing, GOAL, (1.0, 0.02)),
    planted(
        "parameters-not-in-optimizer",
        ADAMW,
        plant.left_out("head", "features"),
        GOAL,
        (1.0, 2.0),
        name="decoder-not-in-optimizer",
    ),
    planted("parameters-frozen", ADAMW, plant.frozen("features", "head"), GOAL, (1.0, 2.0)),
    planted("accumulation-not-normalised", replace(ACCUMULATED, lr=0.1), plant.not_divided, 0.8),
    planted("graph-detached", ADAMW, plant.graph_detached, GOAL, (1.0, 2.0)),
    planted(
        "log-of-zero", replace(BINARY, loss=_sharper), plant.settings(loss=_sharper_by_hand), 0.9
    ),
    planted("bad-batch", CROSS, plant.nan_in_batch, GOAL, (0.4, 0.8), name="nan-in-batch"),
    planted(
        "bad-batch",
        SGD,
        plant.outliers("targets", (0.6, 0.93)),
        0.8,
        (2.3, 3.0),
        name="outliers-in-batches",
    ),
    planted(
        "bad-initialisation", ADAMW, plant.init_scaled, GOAL, (4.0, 10.0), name="init-too-large"
    ),
    planted("bad-initialisation", CROSS, plant.init_zero, GOAL, name="init-zero"),
    planted(
        "gradients-vanishing",
        DEEP,
        plant.settings(model=_autoencoder(40, 32, 24, act=nn.Sigmoid)),
        0.75,
    ),
    planted(
        "relus-dead", DEEP, plant.biases_low, 0.75, (1.0, 4.6), same_as=("bad-initialisation",)
    ),
    planted(
        "activations-saturated",
        TANH,
        plant.init_scaled,
        0.85,
        (4.0, 15.0),
        same_as=("bad-initialisation",),
    ),
    planted("inputs-not-normalised", SGD, plant.not_normalised, 0.8, (20.0, 40.0)),
    planted(
        "capacity-too-small",
        ADAMW,
        lambda p, s: replace(p, model=_autoencoder(48, code=int(s))),
        GOAL,
        (1.0, 2.0),
    ),
    planted("stopped-too-early", ADAMW, plant.stopped_early, GOAL, (10.0, 7.0)),
    planted("output-constant", ADAMW, plant.flawed("averaged over the batch"), GOAL),
    planted("output-constant", CROSS, plant.flawed("masked out"), GOAL, name="code-masked-out"),
    planted("loss-reduction-wrong", SGD, plant.loss_summed, 0.8),
    planted(
        "loss-reduction-wrong",
        SGD,
        plant.settings(loss=_square),
        0.8,
        name="mean-over-pixels-at-the-rate-for-sums",
    ),
    planted(
        "train-val-mismatch",
        replace(CROSS, scored_by="gap"),
        plant.val_not_normalised,
        -0.1,
        (0.5, 2.0),
    ),
    planted(
        "train-val-mismatch",
        ADAMW,
        plant.train_not_like_val,
        GOAL,
        (0.5, 2.0),
        name="train-brighter-than-val",
    ),
    planted("overfitting", FEW, plant.few_samples, 0.78, (0.95, 0.9)),
    planted(
        "train-mode-while-evaluating",
        replace(DENOISING, model=_autoencoder(64, dropout=0.5), scored_by="gap"),
        plant.settings(evaluates_in="train"),
        -0.03,
    ),
    planted(
        "memory-leak",
        replace(ADAMW, scored_by="growth", model=_autoencoder(256, 128), batch=64, num_steps=300),
        plant.memory_leak,
        -2.0,
        (0.25, 0.1),
    ),
    planted(
        "throughput-cliff",
        replace(CROSS, scored_by="slowdown", num_steps=160),
        plant.throughput_cliff,
        -2.0,
        (15.0, 30.0),
    ),
    planted(
        "nan-hidden-by-logger",
        ADAMW,
        plant.nan_hidden("as last"),
        GOAL,
        (0.4, 0.75),
        same_as=("bad-batch",),
    ),
    planted(
        "resume-incomplete",
        SGD,
        plant.resume_incomplete("head optimizer schedule weights", "head optimizer"),
        0.86,
    ),
)
