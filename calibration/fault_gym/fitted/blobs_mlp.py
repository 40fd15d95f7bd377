"""Points around class centres in 32 dimensions, told apart by MLPs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

NUM_CLASSES, NUM_FEATURES = 10, 32
SPREAD = 2.2  # of a class over the distance of its centre: the classes overlap a little


def _data(
    count: int = 4096, spread: float = SPREAD, odds: float = 1.0
) -> Callable[[torch.Generator], Data]:
    """odds: of each class over those of the one before it."""
    centres = torch.randn(NUM_CLASSES, NUM_FEATURES, generator=torch.Generator().manual_seed(7))
    weights = odds ** torch.arange(NUM_CLASSES)

    def made(size: int, rng: torch.Generator) -> Pair:
        target = torch.multinomial(weights, size, replacement=True, generator=rng)
        noise = torch.randn(size, NUM_FEATURES, generator=rng)
        return centres[target] + spread / 2 * noise, target

    return lambda rng: Data(made(count, rng), made(1024, rng), made(2048, rng))


def _mlp(*widths: int, act: type[nn.Module] = nn.ReLU, dropout: float = 0.0) -> Callable[[], Net]:
    def made() -> Net:
        layers: list[nn.Module] = []
        for i, o in zip((NUM_FEATURES, *widths), widths, strict=False):
            layers += [nn.Linear(i, o), act(), *([nn.Dropout(dropout)] if dropout else [])]
        return Net(nn.Sequential(*layers), nn.Linear(widths[-1], NUM_CLASSES))

    return made


def _accuracy(output: Tensor, target: Tensor) -> float:
    return (output.argmax(1) == target).float().mean().item()


def _balanced(output: Tensor, target: Tensor) -> float:
    right = output.argmax(1) == target
    return float(torch.stack([right[target == k].float().mean() for k in target.unique()]).mean())


def _log_likelihood(output: Tensor, target: Tensor) -> float:
    return -functional.cross_entropy(output, target).item()


def _one_against_all(output: Tensor, target: Tensor) -> Tensor:
    wanted = functional.one_hot(target, NUM_CLASSES).float()
    return functional.binary_cross_entropy_with_logits(6 * output, wanted)


def _one_against_all_by_hand(output: Tensor, target: Tensor) -> Tensor:
    wanted, p = functional.one_hot(target, NUM_CLASSES), torch.sigmoid(6 * output)
    return -(wanted * torch.log(p) + (1 - wanted) * torch.log(1 - p)).mean()


def _pretrain(model: Net) -> None:
    """Train as ADAMW does, before the run that is watched begins."""
    rng = torch.Generator().manual_seed(torch.initial_seed() + 1)
    (inputs, targets), optimizer = _data()(rng).train, torch.optim.AdamW(model.parameters(), 3e-3)
    for part, wanted in zip(inputs.split(64) * 5, targets.split(64) * 5, strict=True):
        optimizer.zero_grad()
        functional.cross_entropy(model(part), wanted).backward()
        optimizer.step()


ADAMW = Program(
    _data(), _mlp(64, 64), functional.cross_entropy, _accuracy, _accuracy, "adamw", 2e-3
)
SGD = replace(
    ADAMW, model=_mlp(48, 48), optimizer="sgd", lr=0.05, sampling="epochs", batch=32,
    num_steps=512, eval_every=128, schedule=plant.warm_up(0.05, plant.cosine),
    config={"schedule": "cosine", "warmup_steps": 25}, weight_decay=1e-4,
)  # fmt: skip
CLIPPED = replace(SGD, clip=1.0, schedule=plant.steps_down, config={"schedule": "step"})
DEEP = replace(ADAMW, model=_mlp(*[40] * 7), lr=1e-3, num_steps=500, eval_every=100)
TANH = replace(
    ADAMW, model=_mlp(64, 64, 64, act=nn.Tanh), optimizer="adam", logs=frozenset({"eval/loss"}),
    schedule=plant.linear, lr=3e-3,
)  # fmt: skip
SMALL = replace(
    ADAMW, data=_data(512, 3.2), model=_mlp(96, 96, dropout=0.4), score=_log_likelihood,
    weight_decay=0.02, num_steps=600, sampling="epochs", eval_every=24,
)  # fmt: skip
SHARP = replace(
    ADAMW, data=_data(spread=1.5), lr=2e-3, num_steps=350,
    loss=_one_against_all,
)  # fmt: skip
ACCUMULATED = replace(SGD, accumulate=8, batch=8, num_steps=300, eval_every=50, lr=0.1)
LIKELY = replace(ADAMW, score=_log_likelihood)
MUON = replace(ADAMW, optimizer="muon", lr=2e-3, weight_decay=0.01, num_steps=300)
GAP = replace(ADAMW, scored_by="gap")

SCENARIOS = (
    healthy("plain", ADAMW, 0.95),
    healthy("sgd-cosine", SGD, 0.95),
    healthy("step-decay-knees", CLIPPED, 0.95),
    healthy("muon", MUON, 0.94),
    healthy("deep", DEEP, 0.9),
    healthy("tanh-without-accuracy", TANH, 0.95),
    healthy("dropout-above-validation", replace(SMALL, num_steps=200), -1.0),
    healthy("batches-of-four", replace(ADAMW, batch=4, lr=5e-4, num_steps=800), 0.92),
    healthy(
        "label-smoothing",
        replace(
            ADAMW,
            loss=lambda o, t: functional.cross_entropy(o, t, label_smoothing=0.2),
            logs=frozenset({"accuracy", "eval/loss"}),
        ),
        0.95,
    ),
    healthy("overlapping-classes", replace(ADAMW, data=_data(spread=6.0), num_steps=250), 0.35),
    healthy("restarts", replace(SGD, schedule=plant.restarts, lr=0.1), 0.94),
    healthy(
        "imbalanced-but-fine",
        replace(ADAMW, data=_data(odds=0.75), score=_balanced, eval_every=0, num_steps=500),
        0.85,
    ),
    healthy(
        "whole-data-at-once",
        replace(
            ADAMW,
            data=_data(512),
            batch=512,
            sampling="epochs",
            num_steps=250,
            lr=1e-3,
            eval_every=50,
        ),
        0.9,
    ),
    healthy(
        "goes-on-from-trained-weights",
        replace(ADAMW, prepares=(_pretrain,), lr=1e-4, num_steps=250, config={"init_from": "ckpt"}),
        0.95,
    ),
    healthy("ema-evaluated", replace(ADAMW, ema=0.98, lr=4e-3), 0.95),
    planted("lr-too-high", ADAMW, plant.lr_too_high, 0.95, (1.7, 2.2, 3.0)),
    planted("lr-too-high", SGD, plant.lr_too_high, 0.95, (1.3, 2.0), name="lr-too-high-sgd"),
    planted("lr-too-low", ADAMW, plant.lr_too_low, 0.95, (1.7, 2.5)),
    planted("lr-too-low", SGD, plant.lr_too_low, 0.95, (1.7, 3.0), name="lr-too-low-sgd"),
    planted(
        "lr-schedule-wrong", LIKELY, plant.lr_zero_early, -0.05, (0.9, 0.96), name="lr-zero-early"
    ),
    planted(
        "lr-schedule-wrong",
        SGD,
        plant.lr_decays_too_fast,
        0.95,
        (0.1, 0.05),
        name="lr-decays-by-step",
    ),
    planted(
        "lr-schedule-wrong",
        replace(SGD, score=_log_likelihood),
        plant.lr_jumps,
        -0.2,
        (1.2, 1.6),
        name="lr-jumps",
    ),
    planted("clipping-too-tight", CLIPPED, plant.clipping_too_tight, 0.95, (2.0, 3.0)),
    planted("weight-decay-too-high", LIKELY, plant.weight_decay_too_high, -0.2, (20.0, 100.0)),
    planted("adam-epsilon-too-large", ADAMW, plant.epsilon_too_large, 0.95, (0.3, 10.0)),
    planted("zero-grad-missing", SGD, plant.zero_grad_missing, 0.95),
    planted(
        "zero-grad-missing", DEEP, plant.zero_grad_missing, 0.9, name="zero-grad-missing-adamw"
    ),
    planted("optimizer-step-missing", ADAMW, plant.step_missing, 0.95, (1.0, 0.02)),
    planted(
        "parameters-not-in-optimizer",
        DEEP,
        plant.left_out("features", "features.0 features.2 features.4 features.6 features.8"),
        0.9,
        (1.0, 2.0),
    ),
    planted("parameters-frozen", DEEP, plant.frozen("features"), 0.9),
    planted("accumulation-not-normalised", ACCUMULATED, plant.not_divided, 0.95),
    planted("graph-detached", DEEP, plant.graph_detached, 0.9, (1.0, 2.0)),
    planted("log-of-zero", SHARP, plant.settings(loss=_one_against_all_by_hand), 0.95),
    planted("bad-batch", ADAMW, plant.nan_in_batch, 0.95, (0.3, 0.7), name="nan-in-batch"),
    planted(
        "bad-batch",
        replace(SGD, score=_log_likelihood),
        plant.outliers("inputs", (0.5, 0.85)),
        -0.06,
        (2.0, 3.0),
        name="outliers-in-batches",
    ),
    planted(
        "bad-initialisation", LIKELY, plant.init_scaled, -0.2, (12.0, 30.0), name="init-too-large"
    ),
    planted("bad-initialisation", ADAMW, plant.init_zero, 0.95, name="init-zero"),
    planted(
        "gradients-vanishing", DEEP, plant.settings(model=_mlp(*[40] * 9, act=nn.Sigmoid)), 0.9
    ),
    planted("relus-dead", DEEP, plant.biases_low, 0.9, (2.0, 5.0), same_as=("bad-initialisation",)),
    planted(
        "activations-saturated",
        TANH,
        plant.init_scaled,
        0.95,
        (10.0, 25.0),
        same_as=("bad-initialisation",),
    ),
    planted("inputs-not-normalised", SGD, plant.not_normalised, 0.95, (60.0, 200.0)),
    planted(
        "capacity-too-small",
        ADAMW,
        lambda p, s: replace(p, model=_mlp(32, int(s))),
        0.95,
        (1.0, 2.0),
    ),
    planted("stopped-too-early", LIKELY, plant.stopped_early, -0.05, (8.0, 5.0)),
    planted("output-constant", ADAMW, plant.flawed("averaged over the batch"), 0.95),
    planted("softmax-twice", replace(SGD, score=_log_likelihood), plant.flawed("softmax"), -0.2),
    planted("loss-reduction-wrong", SGD, plant.loss_summed, 0.95),
    planted("labels-wrong", ADAMW, plant.labels_misaligned, 0.95, (1.0, 0.8)),
    planted(
        "labels-wrong",
        LIKELY,
        plant.labels_misaligned_in_training,
        -0.2,
        (1.0, 0.6),
        name="labels-wrong-in-training",
    ),
    planted("label-noise", LIKELY, plant.label_noise, -0.2, (0.25, 0.5)),
    planted(
        "class-imbalance",
        replace(ADAMW, score=_balanced),
        plant.class_imbalance,
        0.93,
        (0.99, 0.995),
    ),
    planted("data-not-shuffled", SGD, plant.not_shuffled, 0.95),
    planted(
        "data-leakage",
        replace(SMALL, scored_by="gap", model=_mlp(96, 96)),
        plant.val_leaked,
        -0.2,
        (1.0, 0.8),
    ),
    planted("train-val-mismatch", GAP, plant.val_not_normalised, -0.05, (2.0, 5.0)),
    planted(
        "overfitting",
        replace(SMALL, data=_data(8192, 3.2), model=_mlp(96, 96), weight_decay=0.0),
        plant.few_samples,
        -0.42,
        (0.92, 0.96),
    ),
    planted(
        "train-mode-while-evaluating",
        replace(SMALL, scored_by="gap", score=_accuracy),
        plant.settings(evaluates_in="train"),
        -0.03,
    ),
    planted(
        "dataloader-bottleneck",
        replace(ADAMW, scored_by="wait", num_steps=300),
        plant.slow_loader,
        -0.4,
        (4.0, 8.0),
    ),
    planted(
        "throughput-cliff",
        replace(SGD, scored_by="slowdown", num_steps=160, eval_every=40),
        plant.throughput_cliff,
        -2.0,
        (12.0, 25.0),
    ),
    planted(
        "nan-hidden-by-logger",
        SGD,
        plant.nan_hidden("as zero"),
        0.95,
        (0.4, 0.7),
        same_as=("bad-batch",),
    ),
    planted(
        "resume-incomplete",
        replace(SGD, score=_log_likelihood, resume_at=0.975),
        plant.resume_incomplete("head optimizer schedule"),
        -0.045,
        (1.0,),
    ),
)
