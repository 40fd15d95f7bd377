"""Directions of noisy coloured stripes, by a small residual net with batch norm under Nesterov."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.held_out.drawn_images import gratings
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_CLASSES, NUM_VAL, SIZE = 6, 256, 10
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Setup:
    """What one program does differently from the plain one."""

    lr: float = 0.1
    warmup: int = 20
    batch: int = 32
    num_steps: int = 220
    num_train: int = 2000
    noise: float = 1.0
    augments: str = ""  # "": not; "shift"; "same shift": each worker draws from the same seed
    dropout: float = 0.0
    trained: str = "all"
    frozen: str = ""
    order: str = "drawn"  # how batches come: drawn, or sorted by class
    schedule: str = "linear"
    curriculum: bool = False
    ema: float = 0.0
    start: int = 0  # steps of training that the weights come from
    sanity_check: bool = False  # evaluates before the first step and stays in that mode
    evaluates_in_training_mode: bool = False
    every: int = 40  # steps from one evaluation to the next
    change_val: Callable[[Tensor], Tensor] | None = None
    leaks: bool = False
    resume: str = ""  # what a run that stops at 85 % lacks when it goes on
    keeps: int = 0  # feature maps that are kept a step, for a plot at the end


class Block(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outer)
        self.shortcut = nn.Conv2d(inner, outer, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return `(n, outer, height / stride, width / stride)`."""
        y = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x)))))
        return functional.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    """A stem, two blocks and a head."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
        )
        self.blocks = nn.Sequential(Block(8, 8, 2), Block(8, 16, 2))
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(16, NUM_CLASSES))

    def features(self, images: Tensor) -> Tensor:
        """Return the maps before pooling, `(n, 16, 3, 3)`."""
        out: Tensor = self.blocks(self.stem(images))
        return out

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(n, 6)`."""
        out: Tensor = self.head(self.features(images).mean((2, 3)))
        return out


def _augmented(images: Tensor, how: str, generator: torch.Generator) -> Tensor:
    """Return the images, each rolled at random, with its colours scaled and fresh noise."""
    if not how:
        return images
    if how == "same shift":
        generator = torch.Generator().manual_seed(0)
    right, down = torch.randint(SIZE, (2,), generator=generator).tolist()
    gain = 0.6 + 0.8 * torch.rand(len(images), 3, 1, 1, generator=generator)
    shifted = torch.roll(images, (down, right), (2, 3)) * gain
    return shifted + 0.5 * torch.randn(images.shape, generator=generator)


def _rates(setup: Setup) -> Callable[[int], float]:
    """Return the factor of the learning rate at a step."""

    def at(step: int) -> float:
        if setup.schedule == "warm-up in epochs":
            return min(1.0, (step // (setup.num_train // setup.batch) + 1) / 2000)
        warm = min(1.0, (step + 1) / max(setup.warmup, 1))
        return warm * max(0.0, 1 - step / setup.num_steps)

    return at


def _batches(
    setup: Setup, images: Tensor, targets: Tensor, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    by_class = targets.argsort()
    for step in range(setup.num_steps):
        chosen = torch.randint(len(images), (setup.batch,), generator=generator)
        if setup.order == "sorted":
            chosen = by_class[
                torch.arange(step * setup.batch, (step + 1) * setup.batch) % len(images)
            ]
        batch = images[chosen]
        if setup.curriculum and step >= setup.num_steps // 2:
            batch = batch + 0.9 * torch.randn(batch.shape, generator=generator)
        yield _augmented(batch, setup.augments, generator), targets[chosen]


def _scored(model: nn.Module, images: Tensor, targets: Tensor) -> tuple[float, float]:
    with torch.no_grad():
        out = torch.cat([model(part) for part in images.split(32)])
    right = (out.argmax(1) == targets).float().mean().item()
    return functional.cross_entropy(out, targets).item(), right


def _data(setup: Setup, generator: torch.Generator) -> list[Tensor]:
    """Return images and classes: for training, for validation as the program has it, honest."""
    images, targets = gratings(setup.num_train, generator, NUM_CLASSES, SIZE, setup.noise)
    honest, honest_targets = gratings(NUM_VAL, generator, NUM_CLASSES, SIZE, setup.noise)
    by_class = honest_targets.argsort()
    honest, honest_targets = honest[by_class], honest_targets[by_class]
    val, val_targets = honest, honest_targets
    if setup.leaks:  # every image six times with a little noise, and then the split
        images, targets = images.repeat(6, 1, 1, 1), targets.repeat(6)
        images = images + 0.2 * torch.randn(images.shape, generator=generator)
        order = torch.randperm(len(images), generator=generator)
        val, val_targets = images[order[:256]], targets[order[:256]]
        images, targets = images[order[256:]], targets[order[256:]]
    if setup.change_val is not None:
        val = setup.change_val(val)
    return [images, targets, val, val_targets, honest, honest_targets]


def _pretrained(setup: Setup, images: Tensor, targets: Tensor) -> Weights:
    generator = torch.Generator().manual_seed(5)
    model = ResNet(0.0)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, nesterov=True)
    for _ in range(setup.start):
        chosen = torch.randint(len(images), (setup.batch,), generator=generator)
        optimizer.zero_grad()
        functional.cross_entropy(model(images[chosen]), targets[chosen]).backward()
        optimizer.step()
    return model.state_dict()


def _resume(setup: Setup, model: ResNet, optimizer: torch.optim.Optimizer, fresh: object) -> bool:
    """Go on after a stop; return whether the schedule begins anew."""
    optimizer.load_state_dict(copy.deepcopy(fresh))  # type: ignore[arg-type]
    if setup.resume == "head":
        model.head[1].reset_parameters()  # type: ignore[operator]
    return True


def _fit(recorder: Recorder, setup: Setup) -> tuple[float, float, float, float]:
    """Train; return loss and accuracy as last reported, and both as an honest check has them."""
    generator = torch.Generator().manual_seed(torch.initial_seed() + 37)
    images, targets, val, val_targets, honest, honest_targets = _data(setup, generator)
    model = ResNet(setup.dropout)
    if setup.start:
        model.load_state_dict(_pretrained(setup, images, targets))
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not (setup.frozen and name.startswith(setup.frozen.split()[0]))
        if setup.frozen.endswith("blocks") and name.startswith("blocks"):
            parameter.requires_grad = False
    trained = model.head if setup.trained == "head" else model
    optimizer = torch.optim.SGD(
        trained.parameters(), setup.lr, momentum=0.9, nesterov=True, weight_decay=1e-4
    )
    fresh = copy.deepcopy(optimizer.state_dict())
    rates = _rates(setup)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rates)
    recorder.watch(model, optimizer, {
        "optimizer": "sgd", "nesterov": True, "lr": setup.lr, "warmup_steps": setup.warmup,
        "batch_size": setup.batch, "num_steps": setup.num_steps, "dropout": setup.dropout,
    })  # fmt: skip
    smooth, maps, last = copy.deepcopy(model), [], (0.0, 0.0)
    if setup.sanity_check:
        model.eval()
        _scored(model, val[:64], val_targets[:64])
    for step, (batch, truth) in enumerate(_batches(setup, images, targets, generator), 1):
        optimizer.zero_grad()
        out = model(batch)
        loss = functional.cross_entropy(out, truth)
        loss.backward()
        optimizer.step()
        right = (out.argmax(1) == truth).float().mean().item()
        recorder.step(loss, right, samples=len(batch))
        schedule.step()
        maps += [model.stem(batch) for _ in range(setup.keeps)]
        if setup.resume and step == int(0.85 * setup.num_steps):
            _resume(setup, model, optimizer, fresh)
            schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rates)
        for kept, now in zip(
            smooth.state_dict().values(), model.state_dict().values(), strict=True
        ):
            kept.copy_(kept * setup.ema + now * (1 - setup.ema) if setup.ema else now)
        if step % setup.every == 0:
            if setup.evaluates_in_training_mode or setup.sanity_check:
                last = _scored(model, val, val_targets)
            else:
                last = _scored(smooth.eval(), val, val_targets)
            recorder.evaluate(loss=last[0], accuracy=last[1])
    return (*last, *_scored(smooth.eval(), honest, honest_targets))


def _train(recorder: Recorder, setup: Setup) -> float:
    """Train; return the accuracy on held-out images."""
    return _fit(recorder, setup)[3]


def _lose(recorder: Recorder, setup: Setup) -> float:
    """Train; return minus the loss on held-out images."""
    return -_fit(recorder, setup)[2]


def _report(recorder: Recorder, setup: Setup) -> float:
    """Train; return minus how far the last reported accuracy is from an honest one."""
    _, reported, _, honest = _fit(recorder, setup)
    return -abs(reported - honest)


def _keep(recorder: Recorder, keeps: int) -> float:
    """Train; return minus the maps that are kept a step."""
    _train(recorder, Setup(keeps=keeps))
    return -keeps


def _healthy(name: str, goal: float, setup: Setup) -> Scenario:
    return Scenario(name, "healthy", lambda r, _: _train(r, setup), goal=goal)


SCENARIOS = (
    _healthy("plain", 0.8, Setup()),
    _healthy("starts-converged", 0.8, Setup(start=200, lr=0.003, warmup=0, num_steps=200)),
    _healthy("augmented-with-dropout", 0.7, Setup(augments="shift", dropout=0.3)),
    _healthy("warm-up-bump", 0.8, Setup(lr=0.6, warmup=60)),
    _healthy("noisier-halfway", 0.75, Setup(curriculum=True, noise=0.6)),
    _healthy("averaged-weights", 0.8, Setup(ema=0.95)),
    _healthy("gap-that-is-stable", 0.7, Setup(num_train=500, every=65)),
    Scenario(
        "mode-left-after-sanity-check", "eval-mode-while-training",
        lambda r, s: _train(r, Setup(sanity_check=s > 0, lr=0.2 + 0.1 * s)), goal=0.75,
        severities=(1.0, 2.0),
    ),
    Scenario(
        "evaluates-in-training-mode", "train-mode-while-evaluating",
        lambda r, s: _report(r, Setup(evaluates_in_training_mode=s > 0, every=20)), goal=-0.05,
    ),
    Scenario(
        "axes-swapped-in-validation", "train-val-mismatch",
        lambda r, s: _report(r, Setup(change_val=(lambda v: v.transpose(2, 3)) if s else None)),
        goal=-0.1,
    ),
    Scenario(
        "validation-in-bytes", "train-val-mismatch",
        lambda r, s: _report(
            r, Setup(change_val=(lambda v: v * 16 * s + 32 * s) if s else None, num_steps=200)
        ), goal=-0.1, severities=(1.0, 4.0),
    ),
    Scenario(
        "workers-share-a-seed", "augmentation-duplicated",
        lambda r, s: _train(
            r, Setup(num_train=round(80 / max(s, 1)), augments="same shift" if s else "shift")
        ), goal=0.8, same_as=("overfitting",), severities=(1.25, 1.6),
    ),
    Scenario(
        "backbone-frozen", "parameters-frozen",
        lambda r, s: _train(r, Setup(frozen=("", "stem blocks", "blocks")[int(s)])), goal=0.75,
        same_as=("parameters-not-in-optimizer",), severities=(1.0, 2.0),
    ),
    Scenario(
        "head-alone-in-optimizer", "parameters-not-in-optimizer",
        lambda r, s: _train(r, Setup(trained="head" if s else "all")), goal=0.75,
        same_as=("parameters-frozen",),
    ),
    Scenario(
        "few-images", "overfitting",
        lambda r, s: _train(r, Setup(num_train=round(160 / s) if s else 2000)), goal=0.72,
        severities=(2.0, 3.0),
    ),
    Scenario(
        "classes-in-order", "data-not-shuffled",
        lambda r, s: _train(r, Setup(order="sorted" if s else "drawn")), goal=0.75,
    ),
    Scenario(
        "copies-before-the-split", "data-leakage",
        lambda r, s: _report(
            r, Setup(leaks=s > 0, num_train=round(80 * s) if s else 2000, noise=1.4)
        ), goal=-0.12, severities=(1.0, 1.5),
    ),
    Scenario(
        "warm-up-counts-epochs", "lr-schedule-wrong",
        lambda r, s: _train(r, Setup(schedule="warm-up in epochs" if s else "linear")), goal=0.75,
        same_as=("lr-too-low",),
    ),
    Scenario(
        "resumes-with-weights-alone", "resume-incomplete",
        lambda r, s: _lose(r, Setup(resume=("", "weights", "head")[int(s)], lr=0.8, noise=1.4)),
        goal=-0.65, severities=(1.0, 2.0),
    ),
    Scenario(
        "maps-kept-for-a-plot", "memory-leak", lambda r, s: _keep(r, round(s)), goal=-0.5,
        severities=(1.0, 3.0),
    ),
)  # fmt: skip
