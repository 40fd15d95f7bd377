"""Pictures of nine patches, told apart by the pattern in one of them: small transformers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

SIDE, PATCH, NUM_CLASSES = 12, 4, 6
NUM_PATCHES = (SIDE // PATCH) ** 2


def _data(count: int = 3072, noise: float = 0.75) -> Callable[[torch.Generator], Data]:
    """A class is a pattern that lies in any one of the nine patches, among flat ones."""
    fixed = torch.Generator().manual_seed(31)
    patterns = torch.randn(NUM_CLASSES, PATCH, PATCH, generator=fixed)

    def made(size: int, rng: torch.Generator) -> Pair:
        target = torch.randint(NUM_CLASSES, (size,), generator=rng)
        place = torch.randint(NUM_PATCHES, (size,), generator=rng)
        picture = noise * torch.randn(size, SIDE, SIDE, generator=rng)
        grid = picture.reshape(size, 3, PATCH, 3, PATCH).permute(0, 1, 3, 2, 4)
        grid = grid.reshape(size, NUM_PATCHES, PATCH, PATCH)
        grid[torch.arange(size), place] += patterns[target]
        return grid.reshape(size, NUM_PATCHES, PATCH * PATCH), target

    return lambda rng: Data(made(count, rng), made(256, rng), made(512, rng))


class _Block(nn.Module):
    def __init__(self, width: int, post: bool, dropout: float) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.drop, self.post = nn.Dropout(dropout), post

    def _attend(self, x: Tensor) -> Tensor:
        parts = self.qkv(x).reshape(*x.shape[:2], 3, 2, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2])
        out: Tensor = self.drop(self.out(mixed.transpose(1, 2).reshape(x.shape)))
        return out

    def _think(self, x: Tensor) -> Tensor:
        out: Tensor = self.drop(self.down(functional.gelu(self.up(x))))
        return out

    def forward(self, x: Tensor) -> Tensor:
        if self.post:
            x = self.norm1(x + self._attend(x))
            out: Tensor = self.norm2(x + self._think(x))
            return out
        x = x + self._attend(self.norm1(x))
        return x + self._think(self.norm2(x))


class _Patches(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.embed = nn.Linear(PATCH * PATCH, width)
        self.place = nn.Parameter(0.02 * torch.randn(NUM_PATCHES, width))

    def forward(self, x: Tensor) -> Tensor:
        placed: Tensor = self.embed(x) + self.place
        return placed


class _Mean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


def _transformer(
    width: int = 24, depth: int = 2, post: bool = False, dropout: float = 0.0
) -> Callable[[], Net]:
    def made() -> Net:
        blocks = [_Block(width, post, dropout) for _ in range(depth)]
        features = nn.Sequential(_Patches(width), *blocks, nn.LayerNorm(width), _Mean())
        return Net(features, nn.Linear(width, NUM_CLASSES))

    return made


def _accuracy(output: Tensor, target: Tensor) -> float:
    return (output.argmax(1) == target).float().mean().item()


def _log_likelihood(output: Tensor, target: Tensor) -> float:
    return -functional.cross_entropy(output, target).item()


def _mix(inputs: Tensor, rng: torch.Generator) -> Tensor:
    """Bring each picture's patches into another order, and add noise."""
    order = torch.rand(inputs.shape[:2], generator=rng).argsort(1)
    mixed = inputs.gather(1, order[:, :, None].expand_as(inputs))
    return mixed + 0.3 * torch.randn(inputs.shape, generator=rng)


ADAMW = Program(
    _data(), _transformer(), functional.cross_entropy, _accuracy, _accuracy, "adamw", 3e-3,
    num_steps=220, batch=32, schedule=plant.warm_up(0.1, plant.cosine), clip=1.0, beta2=0.99,
    weight_decay=0.05, eval_every=55, logs=frozenset({"eval/loss", "eval/accuracy"}),
    config={"schedule": "cosine", "warmup_steps": 22, "model": "vit", "dim": 24},
)  # fmt: skip
POST = replace(
    ADAMW, model=_transformer(post=True), sampling="epochs", optimizer="adam", weight_decay=0.0,
    config={"schedule": "cosine", "warmup_steps": 22, "norm_first": False}, eval_every=44,
    logs=frozenset({"accuracy", "eval/loss", "eval/accuracy"}),
)  # fmt: skip
SGD = replace(
    ADAMW, optimizer="sgd", lr=0.2, weight_decay=0.0, schedule=plant.warm_up(0.1), clip=1.0,
    num_steps=300, eval_every=100, logs=frozenset({"eval/accuracy"}), config={"model": "vit"},
)  # fmt: skip
MUON = replace(ADAMW, optimizer="muon", lr=2e-3, clip=None, eval_every=0, logs=frozenset())
LIKELY = replace(ADAMW, score=_log_likelihood)
FEW = replace(
    LIKELY, data=_data(192), augment=_mix, num_steps=240, eval_every=20, sampling="epochs", lr=2e-3
)
DROPPED = replace(LIKELY, model=_transformer(dropout=0.3), num_steps=240, eval_every=30)
GOAL = 0.9

SCENARIOS = (
    healthy("plain", ADAMW, GOAL),
    healthy("post-norm", POST, GOAL),
    healthy("sgd-clipped", SGD, 0.85),
    healthy("muon-without-validation", MUON, GOAL),
    healthy("dropout-above-validation", DROPPED, -0.6),
    healthy("augmented", FEW, -1.0),
    healthy("patterns-in-strong-noise", replace(ADAMW, data=_data(noise=1.3)), 0.35),
    healthy("batches-of-eight", replace(ADAMW, batch=8, num_steps=600, lr=1e-3), 0.8),
    planted("lr-too-high", ADAMW, plant.lr_too_high, GOAL, (1.7, 2.3)),
    planted("lr-too-high", POST, plant.lr_too_high, GOAL, (1.4, 2.0), name="lr-too-high-post-norm"),
    planted("lr-too-low", ADAMW, plant.lr_too_low, GOAL, (1.2, 2.5)),
    planted(
        "lr-schedule-wrong", ADAMW, plant.lr_zero_early, GOAL, (0.75, 0.9), name="lr-zero-early"
    ),
    planted("lr-schedule-wrong", LIKELY, plant.lr_jumps, -0.3, (1.3, 2.0), name="lr-jumps"),
    planted(
        "lr-schedule-wrong",
        POST,
        plant.lr_decays_too_fast,
        GOAL,
        (0.04, 0.1),
        name="lr-decays-by-step",
    ),
    planted("clipping-too-tight", SGD, plant.clipping_too_tight, 0.85, (2.0, 3.0)),
    planted("weight-decay-too-high", ADAMW, plant.weight_decay_too_high, GOAL, (10.0, 40.0)),
    planted("adam-epsilon-too-large", ADAMW, plant.epsilon_too_large, GOAL, (0.03, 1.0)),
    planted("zero-grad-missing", replace(SGD, clip=None, lr=0.1), plant.zero_grad_missing, GOAL),
    planted("optimizer-step-missing", POST, plant.step_missing, GOAL, (1.0, 0.05)),
    planted("parameters-not-in-optimizer", ADAMW, plant.left_out("features"), GOAL),
    planted("parameters-frozen", POST, plant.frozen("features"), GOAL),
    planted("graph-detached", ADAMW, plant.graph_detached, GOAL, (1.0, 2.0)),
    planted("bad-batch", ADAMW, plant.nan_in_batch, GOAL, (0.3, 0.8), name="nan-in-batch"),
    planted(
        "bad-initialisation", ADAMW, plant.init_scaled, GOAL, (5.0, 15.0), name="init-too-large"
    ),
    planted("bad-initialisation", POST, plant.init_zero, GOAL, name="init-zero"),
    planted("stopped-too-early", LIKELY, plant.stopped_early, -0.3, (6.0, 4.0)),
    planted("output-constant", ADAMW, plant.flawed("averaged over the batch"), GOAL),
    planted("softmax-twice", LIKELY, plant.flawed("softmax"), -0.6),
    planted("loss-reduction-wrong", replace(SGD, clip=None, lr=0.05), plant.loss_divided, 0.88),
    planted("labels-wrong", POST, plant.labels_misaligned, GOAL, (1.0, 0.6)),
    planted("label-noise", LIKELY, plant.label_noise, -0.3, (0.3, 0.6)),
    planted("data-not-shuffled", POST, plant.not_shuffled, GOAL),
    planted(
        "data-leakage",
        replace(FEW, data=_data(96), augment=None, scored_by="gap"),
        plant.val_leaked,
        -0.25,
        (1.0, 0.8),
    ),
    planted(
        "train-val-mismatch",
        replace(ADAMW, scored_by="gap"),
        plant.val_not_normalised,
        -0.1,
        (1.0, 3.0),
    ),
    planted("overfitting", LIKELY, plant.few_samples, -0.3, (0.98, 0.985)),
    planted(
        "augmentation-duplicated",
        replace(FEW, data=_data(72)),
        plant.augmented_once,
        -0.95,
        (1.0, 2.0),
        same_as=("overfitting",),
    ),
    planted(
        "memory-leak",
        replace(ADAMW, scored_by="growth", num_steps=200),
        plant.memory_leak,
        -2.0,
        (0.2, 0.1),
    ),
    planted(
        "dataloader-bottleneck",
        replace(ADAMW, scored_by="wait", num_steps=120, eval_every=40),
        plant.slow_loader,
        -0.4,
        (25.0, 40.0),
    ),
    planted(
        "throughput-cliff",
        replace(ADAMW, scored_by="slowdown", num_steps=120, eval_every=40),
        plant.throughput_cliff,
        -2.0,
        (30.0, 50.0),
    ),
    planted(
        "resume-incomplete",
        LIKELY,
        plant.resume_incomplete("head optimizer schedule", "optimizer schedule weights"),
        -0.2,
        (1.0, 2.0),
    ),
)
