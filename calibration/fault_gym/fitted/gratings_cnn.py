"""Gratings in noise, 12 x 12 pixels, told apart by their direction by CNNs without a norm."""

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

NUM_CLASSES, SIDE = 6, 12


def _data(
    count: int = 1152, noise: float = 1.0, odds: float = 1.0
) -> Callable[[torch.Generator], Data]:
    """noise: of a pixel over the height of the waves. odds: of a class over the one before it."""
    weights = odds ** torch.arange(NUM_CLASSES)
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")

    def made(size: int, rng: torch.Generator) -> Pair:
        target = torch.multinomial(weights, size, replacement=True, generator=rng)
        angle = (target + 0.5 * torch.rand(size, generator=rng)) * math.pi / NUM_CLASSES
        phase = 2 * math.pi * torch.rand(size, generator=rng)
        wave = 0.9 + 0.4 * torch.rand(size, generator=rng)
        along = angle.cos()[:, None, None] * columns + angle.sin()[:, None, None] * rows
        picture = torch.sin(wave[:, None, None] * along + phase[:, None, None])
        picture = picture + noise * torch.randn(size, SIDE, SIDE, generator=rng)
        return picture[:, None] / (0.5 + noise**2) ** 0.5, target

    return lambda rng: Data(made(count, rng), made(256, rng), made(768, rng))


def _cnn(*widths: int, act: type[nn.Module] = nn.ReLU, dropout: float = 0.0) -> Callable[[], Net]:
    """A convolution for each width; the first ones halve the picture, down to 3 x 3."""

    def made() -> Net:
        layers: list[nn.Module] = []
        for n, (i, o) in enumerate(zip((1, *widths), widths, strict=False)):
            layers += [nn.Conv2d(i, o, 3, 2 if n < 2 else 1, 1), act()]
        layers += [nn.Flatten(), *([nn.Dropout(dropout)] if dropout else [])]
        return Net(nn.Sequential(*layers), nn.Linear(9 * widths[-1], NUM_CLASSES))

    return made


def _accuracy(output: Tensor, target: Tensor) -> float:
    return (output.argmax(1) == target).float().mean().item()


def _balanced(output: Tensor, target: Tensor) -> float:
    right = output.argmax(1) == target
    return float(torch.stack([right[target == k].float().mean() for k in target.unique()]).mean())


def _log_likelihood(output: Tensor, target: Tensor) -> float:
    return -functional.cross_entropy(output, target).item()


def _shift(inputs: Tensor, rng: torch.Generator) -> Tensor:
    """Shift each picture around its edges, and turn its sign at random."""
    moves = torch.randint(SIDE, (len(inputs), 2), generator=rng).tolist()
    signs = torch.randint(2, (len(inputs), 1, 1, 1), generator=rng) * 2.0 - 1
    rolled = [torch.roll(one, move, (1, 2)) for one, move in zip(inputs, moves, strict=True)]
    return torch.stack(rolled) * signs


SGD = Program(
    _data(), _cnn(8, 12), functional.cross_entropy, _accuracy, _accuracy, "sgd", 0.05,
    num_steps=288, batch=32, sampling="epochs", eval_every=36, schedule=plant.steps_down,
    weight_decay=1e-4, config={"epochs": 8, "schedule": "multistep", "model": "cnn"},
)  # fmt: skip
COSINE = replace(
    SGD, schedule=plant.warm_up(0.08, plant.cosine), lr=0.1, clip=1.0,
    config={"epochs": 8, "schedule": "cosine", "warmup_epochs": 1},
)  # fmt: skip
ADAM = replace(
    SGD, optimizer="adam", num_steps=396, lr=2e-3, schedule=lambda step, total: 1.0,
    weight_decay=0.0, config={},
    logs=frozenset({"eval/loss", "eval/accuracy"}),
)  # fmt: skip
LONG = replace(ADAM, model=_cnn(8, 10, 10, 10), num_steps=384, lr=3e-3)
FEW = replace(
    ADAM, data=_data(256), augment=_shift, score=_log_likelihood, num_steps=384, eval_every=24,
)  # fmt: skip
DROPPED = replace(SGD, model=_cnn(8, 12, dropout=0.5), num_steps=288)
LIKELY = replace(ADAM, score=_log_likelihood)
ACCUMULATED = replace(SGD, accumulate=4, batch=16, num_steps=200, eval_every=50, lr=0.1)

SCENARIOS = (
    healthy("plain", SGD, 0.88),
    healthy("cosine-with-warm-up", COSINE, 0.88),
    healthy("adam", ADAM, 0.84),
    healthy("deep", LONG, 0.8),
    healthy(
        "adam-without-validation", replace(ADAM, logs=frozenset({"accuracy"}), eval_every=0), 0.84
    ),
    healthy("dropout-above-validation", DROPPED, 0.85),
    healthy("augmented", FEW, -0.8),
    healthy("in-noise", replace(SGD, data=_data(noise=1.4)), 0.6),
    healthy("restarts", replace(COSINE, schedule=plant.restarts), 0.85),
    healthy("imbalanced-but-fine", replace(ADAM, data=_data(2048, odds=0.8), score=_balanced), 0.8),
    healthy(
        "early-part-of-a-long-run",
        replace(
            SGD,
            lr=0.04,
            schedule=lambda step, _: plant.warm_up(0.05, plant.cosine)(step, 4800),
            config={"epochs": 80, "schedule": "cosine", "warmup_epochs": 5},
        ),
        0.7,
    ),
    planted("lr-too-high", SGD, plant.lr_too_high, 0.88, (0.6, 1.2)),
    planted("lr-too-high", ADAM, plant.lr_too_high, 0.84, (1.6, 2.2), name="lr-too-high-adam"),
    planted("lr-too-low", SGD, plant.lr_too_low, 0.88, (0.8, 1.5, 3.0)),
    planted("lr-schedule-wrong", SGD, plant.lr_zero_early, 0.88, (0.6, 0.85), name="lr-zero-early"),
    planted(
        "lr-schedule-wrong",
        COSINE,
        plant.lr_decays_too_fast,
        0.88,
        (0.02, 0.06),
        name="lr-decays-by-step",
    ),
    planted(
        "lr-schedule-wrong",
        SGD,
        plant.lr_jumps,
        0.88,
        (0.6, 1.2),
        name="lr-jumps",
    ),
    planted("clipping-too-tight", COSINE, plant.clipping_too_tight, 0.88, (1.3, 2.5)),
    planted("weight-decay-too-high", SGD, plant.weight_decay_too_high, 0.88, (0.07, 0.3)),
    planted("adam-epsilon-too-large", ADAM, plant.epsilon_too_large, 0.84, (0.03, 1.0)),
    planted("zero-grad-missing", SGD, plant.zero_grad_missing, 0.88),
    planted(
        "zero-grad-missing", ADAM, plant.zero_grad_missing, 0.84, name="zero-grad-missing-adam"
    ),
    planted("optimizer-step-missing", COSINE, plant.step_missing, 0.88, (1.0, 0.1)),
    planted(
        "parameters-not-in-optimizer",
        LONG,
        plant.left_out("features", "features.0 features.2 features.4 features.6"),
        0.8,
        (1.0, 2.0),
    ),
    planted("parameters-frozen", SGD, plant.frozen("features"), 0.88),
    planted("accumulation-not-normalised", ACCUMULATED, plant.not_divided, 0.85),
    planted("graph-detached", SGD, plant.graph_detached, 0.88, (1.0, 2.0)),
    planted("bad-batch", SGD, plant.nan_in_batch, 0.88, (0.4, 0.8), name="nan-in-batch"),
    planted(
        "bad-batch",
        SGD,
        plant.outliers("inputs", (0.6, 0.85)),
        0.88,
        (2.0, 3.0),
        name="outliers-in-batches",
    ),
    planted("bad-initialisation", SGD, plant.init_scaled, 0.88, (4.5, 9.0), name="init-too-large"),
    planted("bad-initialisation", ADAM, plant.init_zero, 0.84, name="init-zero"),
    planted(
        "gradients-vanishing",
        LONG,
        plant.settings(model=_cnn(8, 10, 10, 10, 10, act=nn.Sigmoid)),
        0.8,
    ),
    planted("relus-dead", LONG, plant.biases_low, 0.8, (0.4, 4.6), same_as=("bad-initialisation",)),
    planted("inputs-not-normalised", SGD, plant.not_normalised, 0.88, (6.0, 60.0)),
    planted(
        "capacity-too-small", ADAM, lambda p, s: replace(p, model=_cnn(1, int(s))), 0.84, (1.0,)
    ),
    planted("stopped-too-early", LONG, plant.stopped_early, 0.85, (5.0, 4.0)),
    planted("output-constant", SGD, plant.flawed("masked out"), 0.88),
    planted("softmax-twice", SGD, plant.flawed("softmax"), 0.88),
    planted("loss-reduction-wrong", SGD, plant.loss_summed, 0.88),
    planted("loss-reduction-wrong", COSINE, plant.loss_divided, 0.88, name="loss-divided-twice"),
    planted("labels-wrong", SGD, plant.labels_misaligned, 0.88, (1.0, 0.6)),
    planted("label-noise", LIKELY, plant.label_noise, -0.5, (0.3, 0.5)),
    planted(
        "class-imbalance", replace(ADAM, score=_balanced), plant.class_imbalance, 0.85, (0.9, 0.97)
    ),
    planted("data-not-shuffled", SGD, plant.not_shuffled, 0.88),
    planted(
        "data-leakage",
        replace(FEW, augment=None, scored_by="gap"),
        plant.val_leaked,
        -0.3,
        (1.0, 0.8),
    ),
    planted(
        "train-val-mismatch",
        replace(SGD, scored_by="gap"),
        plant.val_not_normalised,
        -0.08,
        (2.0, 6.0),
    ),
    planted(
        "overfitting",
        replace(LIKELY, data=_data(4096), num_steps=384),
        plant.few_samples,
        -0.6,
        (0.95, 0.97),
    ),
    planted(
        "augmentation-duplicated",
        FEW,
        plant.augmented_once,
        -0.8,
        (1.0, 2.0),
        same_as=("overfitting",),
    ),
    planted(
        "train-mode-while-evaluating",
        replace(DROPPED, scored_by="gap"),
        plant.settings(evaluates_in="train"),
        -0.05,
    ),
    planted(
        "dataloader-bottleneck",
        replace(SGD, scored_by="wait", num_steps=192),
        plant.slow_loader,
        -0.5,
        (8.0, 15.0),
    ),
    planted(
        "memory-leak",
        replace(ADAM, model=_cnn(16, 24), batch=64, scored_by="growth", num_steps=216),
        plant.memory_leak,
        -2.0,
        (1.0,),
    ),
    planted(
        "throughput-cliff",
        replace(SGD, scored_by="slowdown", num_steps=144),
        plant.throughput_cliff,
        -3.0,
        (40.0, 60.0),
    ),
    planted(
        "nan-hidden-by-logger",
        COSINE,
        plant.nan_hidden("as last"),
        0.88,
        (0.4, 0.8),
        same_as=("bad-batch",),
    ),
    planted(
        "resume-incomplete",
        replace(SGD, score=_log_likelihood, resume_at=0.975),
        plant.resume_incomplete("head optimizer schedule", "optimizer schedule weights"),
        -0.14,
        (1.0, 2.0),
    ),
)
