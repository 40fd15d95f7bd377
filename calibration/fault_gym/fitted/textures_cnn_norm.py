"""Coloured textures, 3 x 8 x 8, told apart by small CNNs with batch norm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

NUM_CLASSES, SIDE = 5, 8


def _data(
    count: int = 1536, noise: float = 3.0, odds: float = 1.0
) -> Callable[[torch.Generator], Data]:
    """A class is a filter with which white noise was smoothed, and a tint."""
    fixed = torch.Generator().manual_seed(11)
    filters = torch.randn(NUM_CLASSES, 3, 3, 3, generator=fixed) / 3
    tints = 0.3 * torch.randn(NUM_CLASSES, 3, 1, 1, generator=fixed)
    weights = odds ** torch.arange(NUM_CLASSES)

    def made(size: int, rng: torch.Generator) -> Pair:
        target = torch.multinomial(weights, size, replacement=True, generator=rng)
        white = torch.randn(1, size * 3, SIDE + 2, SIDE + 2, generator=rng)
        kernels = filters[target].reshape(size * 3, 1, 3, 3)
        smooth = functional.conv2d(white, kernels, groups=size * 3)
        picture = smooth.reshape(size, 3, SIDE, SIDE) + tints[target]
        return picture + noise * 0.3 * torch.randn(picture.shape, generator=rng), target

    return lambda rng: Data(made(count, rng), made(256, rng), made(768, rng))


def _cnn(*widths: int, act: type[nn.Module] = nn.ReLU) -> Callable[[], Net]:
    def made() -> Net:
        layers: list[nn.Module] = []
        for n, (i, o) in enumerate(zip((3, *widths), widths, strict=False)):
            layers += [nn.Conv2d(i, o, 3, 2 if n == 0 else 1, 1), nn.BatchNorm2d(o), act()]
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        return Net(nn.Sequential(*layers), nn.Linear(widths[-1], NUM_CLASSES))

    return made


def _accuracy(output: Tensor, target: Tensor) -> float:
    return (output.argmax(1) == target).float().mean().item()


def _balanced(output: Tensor, target: Tensor) -> float:
    right = output.argmax(1) == target
    return float(torch.stack([right[target == k].float().mean() for k in target.unique()]).mean())


def _log_likelihood(output: Tensor, target: Tensor) -> float:
    return -functional.cross_entropy(output, target).item()


def _flip(inputs: Tensor, rng: torch.Generator) -> Tensor:
    """Turn each picture's columns and shift it by up to two pixels."""
    moves = torch.randint(5, (len(inputs), 2), generator=rng).tolist()
    return torch.stack(
        [torch.roll(one, move, (1, 2)) for one, move in zip(inputs, moves, strict=True)]
    )


def _curriculum(step: int, total: int, inputs: Tensor, targets: Tensor) -> Pair:
    """Harder pictures from the middle on."""
    harder = 0.6 * torch.randn(inputs.shape)
    return (inputs, targets) if step < total // 2 else (inputs + harder, targets)


ADAM = Program(
    _data(), _cnn(8, 12, 12), functional.cross_entropy, _accuracy, _accuracy, "adam", 4e-3,
    num_steps=288, batch=48, sampling="epochs", eval_every=36,
    schedule=plant.warm_up(0.08, plant.cosine), logs=frozenset({"eval/loss", "eval/accuracy"}),
    config={"epochs": 9, "schedule": "cosine", "warmup_steps": 30, "norm": "batch"},
)  # fmt: skip
SGD = replace(
    ADAM, optimizer="sgd", lr=0.1, weight_decay=5e-4, schedule=plant.steps_down, batch=32,
    config={"schedule": "step", "nesterov": False}, logs=frozenset({"accuracy", "eval/accuracy"}),
)  # fmt: skip
ADAMW = replace(
    ADAM, optimizer="adamw", lr=3e-3, weight_decay=0.05, schedule=lambda step, total: 1.0,
    config={}, logs=frozenset({"accuracy", "eval/loss", "eval/accuracy"}), sampling="random",
)  # fmt: skip
LIKELY = replace(ADAM, score=_log_likelihood)
FEW = replace(
    ADAM, data=_data(192), augment=_flip, score=_log_likelihood, num_steps=360, eval_every=24,
    batch=32,
)  # fmt: skip
ACCUMULATED = replace(SGD, accumulate=4, batch=16, num_steps=200, eval_every=50, lr=0.05)
GAP = replace(ADAM, scored_by="gap")

SCENARIOS = (
    healthy("plain", ADAM, 0.88),
    healthy("sgd-step-decay-without-validation-loss", SGD, 0.88),
    healthy("adamw-constant", ADAMW, 0.88),
    healthy("ema-evaluated", replace(ADAMW, ema=0.95), 0.88),
    healthy("curriculum", replace(ADAM, batch_hook=_curriculum), 0.7),
    healthy("augmented", FEW, -1.0),
    healthy("noisy-pictures", replace(ADAM, data=_data(noise=6.0)), 0.4),
    healthy(
        "label-smoothing",
        replace(ADAM, loss=lambda o, t: functional.cross_entropy(o, t, label_smoothing=0.1)),
        0.88,
    ),
    planted("lr-too-high", ADAM, plant.lr_too_high, 0.88, (3.0, 3.4)),
    planted("lr-too-low", ADAM, plant.lr_too_low, 0.88, (1.5, 3.0)),
    planted("lr-too-low", SGD, plant.lr_too_low, 0.88, (1.7, 3.0), name="lr-too-low-sgd"),
    planted(
        "lr-schedule-wrong", ADAM, plant.lr_zero_early, 0.88, (0.85, 0.95), name="lr-zero-early"
    ),
    planted("lr-schedule-wrong", LIKELY, plant.lr_jumps, -0.4, (2.0, 2.7), name="lr-jumps"),
    planted(
        "clipping-too-tight", replace(SGD, clip=2.0), plant.clipping_too_tight, 0.88, (2.0, 3.0)
    ),
    planted("weight-decay-too-high", ADAMW, plant.weight_decay_too_high, 0.88, (10.0, 50.0)),
    planted("adam-epsilon-too-large", ADAM, plant.epsilon_too_large, 0.88, (0.1, 3.0)),
    planted("zero-grad-missing", SGD, plant.zero_grad_missing, 0.88),
    planted("optimizer-step-missing", SGD, plant.step_missing, 0.88, (1.0, 0.05)),
    planted("parameters-not-in-optimizer", ADAM, plant.left_out("features"), 0.88),
    planted("parameters-frozen", ADAM, plant.frozen("features"), 0.88),
    planted("graph-detached", SGD, plant.graph_detached, 0.88, (1.0,)),
    planted("bad-batch", ADAM, plant.nan_in_batch, 0.88, (0.3, 0.6), name="nan-in-batch"),
    planted(
        "bad-batch",
        LIKELY,
        plant.outliers("inputs", (0.7, 0.9, 0.97)),
        -0.5,
        (2.0, 3.5),
        name="outliers-in-batches",
    ),
    planted("capacity-too-small", ADAMW, lambda p, s: replace(p, model=_cnn(int(s))), 0.7, (1.0,)),
    planted("stopped-too-early", ADAM, plant.stopped_early, 0.88, (8.0, 6.0)),
    planted("output-constant", SGD, plant.flawed("averaged over the batch"), 0.88),
    planted("softmax-twice", LIKELY, plant.flawed("softmax"), -0.6),
    planted("loss-reduction-wrong", SGD, plant.loss_divided, 0.88),
    planted("labels-wrong", ADAM, plant.labels_misaligned, 0.88, (1.0, 0.7)),
    planted(
        "labels-wrong",
        LIKELY,
        plant.labels_misaligned_in_training,
        -0.45,
        (1.0, 0.5),
        name="labels-wrong-in-training",
    ),
    planted("label-noise", LIKELY, plant.label_noise, -0.42, (0.3, 0.6)),
    planted(
        "class-imbalance", replace(ADAM, score=_balanced), plant.class_imbalance, 0.88, (0.9, 0.97)
    ),
    planted("data-not-shuffled", ADAM, plant.not_shuffled, 0.88),
    planted(
        "data-leakage",
        replace(FEW, augment=None, scored_by="gap"),
        plant.val_leaked,
        -0.12,
        (1.0, 0.7),
    ),
    planted("train-val-mismatch", GAP, plant.val_not_normalised, -0.1, (0.4, 2.0)),
    planted(
        "train-val-mismatch",
        ADAM,
        plant.train_not_like_val,
        0.88,
        (0.4, 2.0),
        name="train-brighter-than-val",
    ),
    planted(
        "overfitting", replace(LIKELY, weight_decay=0.0), plant.few_samples, -0.38, (0.93, 0.96)
    ),
    planted(
        "augmentation-duplicated",
        FEW,
        plant.augmented_once,
        -0.31,
        (1.0, 2.0),
        same_as=("overfitting",),
    ),
    planted("eval-mode-while-training", SGD, plant.settings(trains_in="eval"), 0.92),
    planted(
        "train-mode-while-evaluating",
        replace(GAP, changes=(plant.val_by_class,)),
        plant.settings(evaluates_in="train"),
        -0.1,
    ),
    planted(
        "memory-leak",
        replace(ADAMW, scored_by="growth", num_steps=240),
        plant.memory_leak,
        -2.0,
        (1.0,),
    ),
    planted(
        "dataloader-bottleneck",
        replace(ADAM, scored_by="wait", num_steps=192),
        plant.slow_loader,
        -0.4,
        (12.0, 20.0),
    ),
    planted(
        "nan-hidden-by-logger",
        ADAM,
        plant.nan_hidden("as mean"),
        0.88,
        (0.4, 0.8),
        same_as=("bad-batch",),
    ),
    planted(
        "resume-incomplete",
        LIKELY,
        plant.resume_incomplete("head optimizer schedule", "optimizer schedule weights"),
        -0.4,
        (1.0, 2.0),
    ),
)
