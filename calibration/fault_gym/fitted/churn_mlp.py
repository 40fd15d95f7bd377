"""A table of 24 columns, two classes: MLPs with one output, trained with the binary loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

NUM_COLUMNS = 24


def _data(
    count: int = 6144, sharpness: float = 3.0, shift: float = 0.0
) -> Callable[[torch.Generator], Data]:
    """sharpness: of the odds; small ones leave much to chance. shift: towards the first class."""
    fixed = torch.Generator().manual_seed(23)
    first = torch.randn(NUM_COLUMNS - 2, 12, generator=fixed) / (NUM_COLUMNS - 2) ** 0.5
    second = torch.randn(12, generator=fixed)

    def made(size: int, rng: torch.Generator) -> Pair:
        columns = torch.randn(size, NUM_COLUMNS, generator=rng)
        columns[:, :4] = columns[:, :4].exp() - 1.6  # amounts have long tails
        columns[:, 4:8] = (columns[:, 4:8] > 0.5).float() * 2 - 0.6  # flags
        logits = torch.sin(1.5 * columns[:, :-2] @ first) @ second * sharpness - shift
        target = torch.rand(size, generator=rng) < torch.sigmoid(logits)
        return columns, target.float()[:, None]

    return lambda rng: Data(made(count, rng), made(1024, rng), made(4096, rng))


def _mlp(
    *widths: int, act: type[nn.Module] = nn.ReLU, norm: bool = False, dropout: float = 0.0
) -> Callable[[], Net]:
    def made() -> Net:
        layers: list[nn.Module] = []
        for i, o in zip((NUM_COLUMNS, *widths), widths, strict=False):
            layers += [nn.Linear(i, o), *([nn.LayerNorm(o)] if norm else []), act()]
            layers += [nn.Dropout(dropout)] if dropout else []
        return Net(nn.Sequential(*layers), nn.Linear(widths[-1], 1))

    return made


def _log_likelihood(output: Tensor, target: Tensor) -> float:
    return -functional.binary_cross_entropy_with_logits(output, target).item()


def _accuracy(output: Tensor, target: Tensor) -> float:
    return ((output > 0) == (target > 0.5)).float().mean().item()


def _balanced(output: Tensor, target: Tensor) -> float:
    right = ((output > 0) == (target > 0.5)).float()
    return float((right[target > 0.5].mean() + right[target <= 0.5].mean()) / 2)


def _by_hand(scale: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The binary loss from probabilities."""

    def loss(output: Tensor, target: Tensor) -> Tensor:
        p = torch.sigmoid(output * scale)
        return -(target * torch.log(p) + (1 - target) * torch.log(1 - p)).mean()

    return loss


def _brier(output: Tensor, target: Tensor) -> Tensor:
    return (torch.sigmoid(output) - target).square().mean()


def _minus_brier(output: Tensor, target: Tensor) -> float:
    return -_brier(output, target).item()


def _brier_broadcast(output: Tensor, target: Tensor) -> Tensor:
    return (torch.sigmoid(output).squeeze(1) - target).square().mean()


def _softmax_of_one(output: Tensor, target: Tensor) -> Tensor:
    return functional.binary_cross_entropy(output.softmax(1).clamp(1e-6, 1 - 1e-6), target)


RMSPROP = Program(
    _data(), _mlp(64, 64), functional.binary_cross_entropy_with_logits, _log_likelihood, _accuracy,
    "rmsprop", 1e-3, batch=64, num_steps=576, sampling="epochs", eval_every=96,
    logs=frozenset({"eval/loss"}), config={"epochs": 6, "hidden": [64, 64]},
)  # fmt: skip
SGD = replace(
    RMSPROP, optimizer="sgd", lr=0.1, schedule=plant.cosine, num_steps=576, model=_mlp(96, 96),
    logs=frozenset({"accuracy", "eval/loss", "eval/accuracy"}),
    config={"epochs": 6, "schedule": "cosine"},
)  # fmt: skip
NORMED = replace(
    RMSPROP, optimizer="adamw", lr=2e-3, weight_decay=0.01, model=_mlp(64, 64, norm=True),
    schedule=plant.warm_up(0.1, plant.linear), clip=1.0, logs=frozenset(), eval_every=0,
    config={"schedule": "linear", "warmup_ratio": 0.1},
)  # fmt: skip
SIGMOID = replace(RMSPROP, model=_mlp(64, 64, act=nn.Sigmoid), optimizer="adam", lr=1e-2)
BRIER = replace(
    RMSPROP,
    loss=_brier,
    score=_minus_brier,
    optimizer="adam",
    lr=2e-3,
    logs=frozenset({"eval/loss"}),
    eval_every=48,
)
SURE = replace(
    RMSPROP, data=_data(1024, 40.0), optimizer="adam", lr=3e-3, num_steps=500, score=_accuracy,
    model=_mlp(128, 128),
    loss=lambda o, t: functional.binary_cross_entropy_with_logits(o * 4, t),
)  # fmt: skip
DROPPED = replace(
    RMSPROP, data=_data(1024, 4.0), model=_mlp(128, 128, dropout=0.6), optimizer="adamw",
    lr=1e-3, weight_decay=0.1, eval_every=16, num_steps=512,
)  # fmt: skip
RARE = replace(
    RMSPROP, score=_balanced, optimizer="adam", data=_data(6144, 3.0), config={"pos_weight": 1.0}
)
ACCUMULATED = replace(SGD, accumulate=16, batch=8, num_steps=220, eval_every=48)
GOAL = -0.47

SCENARIOS = (
    healthy("plain", RMSPROP, GOAL),
    healthy("sgd-cosine", SGD, GOAL),
    healthy("layer-norm-without-validation", NORMED, GOAL),
    healthy("brier", BRIER, -0.16),
    healthy("sigmoids", SIGMOID, GOAL),
    healthy("dropout-above-validation", DROPPED, -0.62),
    healthy("much-is-chance", replace(RMSPROP, data=_data(sharpness=0.5), lr=3e-4), -0.68),
    healthy(
        "churners-are-few", replace(RMSPROP, data=_data(8192, 3.0, shift=6.0), eval_every=48), -0.35
    ),
    healthy(
        "loss-summed-on-purpose",
        replace(
            NORMED,
            clip=None,
            eval_every=96,
            logs=frozenset({"eval/loss"}),
            loss=lambda o, t: 1000 * functional.binary_cross_entropy_with_logits(o, t),
        ),
        GOAL,
    ),
    healthy(
        "many-epochs-with-weight-decay",
        replace(DROPPED, sampling="epochs", num_steps=700, logs=frozenset({"eval/loss"})),
        -0.65,
    ),
    planted("lr-too-high", RMSPROP, plant.lr_too_high, GOAL, (2.0, 3.0)),
    planted("lr-too-high", SGD, plant.lr_too_high, GOAL, (1.3, 2.0), name="lr-too-high-sgd"),
    planted("lr-too-low", RMSPROP, plant.lr_too_low, GOAL, (2.0, 3.0)),
    planted("lr-schedule-wrong", SGD, plant.lr_zero_early, GOAL, (0.9, 0.96), name="lr-zero-early"),
    planted(
        "lr-schedule-wrong",
        replace(SGD, lr=0.03),
        plant.lr_jumps,
        GOAL,
        (1.3, 1.7),
        name="lr-jumps",
    ),
    planted(
        "clipping-too-tight", replace(SGD, clip=1.0), plant.clipping_too_tight, GOAL, (2.0, 3.0)
    ),
    planted("weight-decay-too-high", NORMED, plant.weight_decay_too_high, GOAL, (20.0, 60.0)),
    planted(
        "weight-decay-too-high",
        SGD,
        plant.weight_decay_too_high,
        GOAL,
        (0.06, 0.2),
        name="weight-decay-too-high-sgd",
    ),
    planted("adam-epsilon-too-large", BRIER, plant.epsilon_too_large, -0.16, (0.05, 1.0)),
    planted("zero-grad-missing", SGD, plant.zero_grad_missing, GOAL),
    planted("optimizer-step-missing", RMSPROP, plant.step_missing, GOAL, (1.0, 0.02)),
    planted("parameters-not-in-optimizer", NORMED, plant.left_out("features"), GOAL),
    planted("parameters-frozen", RMSPROP, plant.frozen("features"), GOAL, (1.0,)),
    planted("accumulation-not-normalised", ACCUMULATED, plant.not_divided, GOAL),
    planted("graph-detached", SGD, plant.graph_detached, GOAL, (1.0, 2.0)),
    planted("log-of-zero", SURE, lambda p, s: replace(p, loss=_by_hand(4.0)), 0.7),
    planted("bad-batch", NORMED, plant.nan_in_batch, GOAL, (0.4, 0.75), name="nan-in-batch"),
    planted(
        "bad-batch",
        SGD,
        plant.outliers("inputs", (0.7, 0.93)),
        GOAL,
        (3.0, 3.7),
        name="outliers-in-batches",
    ),
    planted(
        "bad-initialisation", RMSPROP, plant.init_scaled, GOAL, (10.0, 30.0), name="init-too-large"
    ),
    planted("bad-initialisation", SGD, plant.init_zero, GOAL, name="init-zero"),
    planted(
        "gradients-vanishing",
        replace(SGD, model=_mlp(48, 48, 48, 48, 48, 48)),
        plant.settings(model=_mlp(48, 48, 48, 48, 48, 48, act=nn.Sigmoid)),
        -0.5,
    ),
    planted(
        "relus-dead", RMSPROP, plant.biases_low, GOAL, (1.5, 4.6), same_as=("bad-initialisation",)
    ),
    planted(
        "activations-saturated",
        SIGMOID,
        plant.not_normalised,
        GOAL,
        (30.0, 100.0),
        same_as=("inputs-not-normalised",),
    ),
    planted("inputs-not-normalised", RMSPROP, plant.not_normalised, GOAL, (100.0, 500.0)),
    planted(
        "capacity-too-small", BRIER, lambda p, s: replace(p, model=_mlp(int(s))), -0.15, (1.0,)
    ),
    planted("stopped-too-early", RMSPROP, plant.stopped_early, -0.45, (10.0, 7.0)),
    planted(
        "output-constant",
        RMSPROP,
        plant.settings(loss=_softmax_of_one),
        GOAL,
        name="softmax-of-one-output",
    ),
    planted("loss-reduction-wrong", SGD, plant.loss_divided, GOAL),
    planted("target-shape-broadcast", BRIER, plant.settings(loss=_brier_broadcast), -0.16),
    planted("labels-wrong", RMSPROP, plant.labels_misaligned, GOAL, (1.0, 0.5)),
    planted("label-noise", RMSPROP, plant.label_noise, GOAL, (0.3, 0.6)),
    planted("class-imbalance", RARE, plant.class_imbalance, 0.75, (0.8, 0.95)),
    planted("data-not-shuffled", SGD, plant.not_shuffled, GOAL),
    planted("data-leakage", NORMED, plant.column_leaked, GOAL, (0.05, 0.3), name="column-leaked"),
    planted(
        "data-leakage",
        replace(DROPPED, model=_mlp(128, 128), scored_by="gap"),
        plant.val_leaked,
        -0.2,
        (1.0, 0.7),
        name="rows-leaked",
    ),
    planted(
        "train-val-mismatch",
        replace(RMSPROP, scored_by="gap"),
        plant.val_not_normalised,
        -0.1,
        (1.0, 4.0),
    ),
    planted(
        "train-val-mismatch",
        SGD,
        plant.train_not_like_val,
        GOAL,
        (1.0, 4.0),
        name="train-of-another-time",
    ),
    planted(
        "overfitting",
        replace(RMSPROP, num_steps=700, eval_every=35),
        plant.few_samples,
        GOAL,
        (0.8, 0.93),
    ),
    planted(
        "eval-mode-while-training",
        replace(DROPPED, num_steps=800),
        plant.settings(trains_in="eval"),
        -0.62,
        same_as=("overfitting",),
    ),
    planted(
        "train-mode-while-evaluating",
        replace(DROPPED, scored_by="gap", model=_mlp(24, 24, dropout=0.6)),
        plant.settings(evaluates_in="train"),
        -0.04,
    ),
    planted(
        "throughput-cliff",
        replace(SGD, scored_by="slowdown", num_steps=160, eval_every=40),
        plant.throughput_cliff,
        -2.0,
        (15.0, 30.0),
    ),
    planted(
        "nan-hidden-by-logger",
        RMSPROP,
        plant.nan_hidden("as mean"),
        GOAL,
        (0.4, 0.7),
        same_as=("bad-batch",),
    ),
    planted(
        "resume-incomplete",
        replace(SGD, resume_at=0.975),
        plant.resume_incomplete("head optimizer schedule", "optimizer schedule weights"),
        -0.387,
        (1.0,),
    ),
)
