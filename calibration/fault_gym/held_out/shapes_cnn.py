"""Eight drawn shapes, told apart by a plain CNN under SGD with momentum, epoch by epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import lr_scheduler

from fault_gym.held_out.drawn_images import NUM_SHAPES, shapes
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_TRAIN, NUM_VAL = 1536, 512


@dataclass(frozen=True)
class Setup:
    """What one program does differently from the plain one."""

    lr: float = 0.05
    batch: int = 32
    epochs: int = 8
    num_train: int = NUM_TRAIN
    weight_decay: float = 5e-4
    schedule: str = "cosine"
    scale: float = 0.0  # of the raw images; 0: standardised instead
    noise: float = 0.15
    dropout: float = 0.0
    smoothing: float = 0.0
    softmax: bool = False
    reduction: str = "mean"
    shuffle: bool = True
    zero_grad: bool = True
    step_every: int = 1
    evaluates: bool = True
    load_s: float = 0.0  # seconds that reading a batch takes
    initialise: Callable[[nn.Module], None] | None = None
    relabel: Callable[[Tensor, torch.Generator], Tensor] | None = None
    prepare: Callable[[Tensor], Tensor] | None = None
    keep: Callable[[Tensor, torch.Generator], Tensor] | None = None


def _model(setup: Setup) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(setup.dropout), nn.Linear(16 * 16, 48), nn.ReLU(),
        nn.Dropout(setup.dropout), nn.Linear(48, NUM_SHAPES),
    ]  # fmt: skip
    if setup.softmax:
        layers.append(nn.Softmax(dim=1))
    model = nn.Sequential(*layers)
    if setup.initialise is not None:
        setup.initialise(model)
    return model


def _schedule(
    setup: Setup, optimizer: torch.optim.Optimizer, num_steps: int
) -> tuple[object, bool]:
    """Return the schedule and whether it is stepped each batch."""
    if setup.schedule == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, num_steps), True
    if setup.schedule == "restarts":
        return lr_scheduler.CosineAnnealingWarmRestarts(optimizer, num_steps // 4), True
    if setup.schedule == "milestones":
        return lr_scheduler.MultiStepLR(optimizer, [setup.epochs // 2, setup.epochs - 2]), False
    return lr_scheduler.StepLR(optimizer, 3, 0.5), setup.schedule == "halved each batch"


def _evaluate(model: nn.Module, images: Tensor, targets: Tensor) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        out = model(images)
    model.train()
    right = (out.argmax(1) == targets).float().mean().item()
    return functional.cross_entropy(out, targets).item(), right


def _train(recorder: Recorder, setup: Setup) -> float:
    """Train; return the accuracy on held-out shapes."""
    generator = torch.Generator().manual_seed(torch.initial_seed() + 11)
    images, targets = shapes(setup.num_train, generator, noise=setup.noise)
    val_images, val_targets = shapes(NUM_VAL, generator, noise=setup.noise)
    if setup.prepare is not None:
        images, val_images = setup.prepare(images), setup.prepare(val_images)
    if setup.scale:
        images, val_images = images * setup.scale, val_images * setup.scale
    else:
        images, val_images = (images - 0.25) / 0.4, (val_images - 0.25) / 0.4
    if setup.relabel is not None:
        targets = setup.relabel(targets, generator)
    if not setup.shuffle:
        by_class = targets.argsort()
        images, targets = images[by_class], targets[by_class]
    model = _model(setup)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=setup.lr, momentum=0.9, weight_decay=setup.weight_decay
    )
    num_steps = setup.epochs * (len(images) // setup.batch)
    schedule, by_batch = _schedule(setup, optimizer, num_steps)
    recorder.watch(model, optimizer, {
        "optimizer": "sgd", "lr": setup.lr, "momentum": 0.9, "weight_decay": setup.weight_decay,
        "batch_size": setup.batch, "epochs": setup.epochs, "num_classes": NUM_SHAPES,
    })  # fmt: skip
    step = 0
    for _ in range(setup.epochs):
        order = torch.arange(len(images))
        if setup.shuffle:
            order = torch.randperm(len(images), generator=generator)
        for chosen in order.split(setup.batch):
            began = time.perf_counter()
            if setup.load_s:
                time.sleep(setup.load_s)
            batch, truth = images[chosen], targets[chosen]
            waited = time.perf_counter() - began
            step += 1
            if setup.zero_grad:
                optimizer.zero_grad()
            out = model(batch)
            loss = functional.cross_entropy(
                out, truth, reduction=setup.reduction, label_smoothing=setup.smoothing
            )
            loss.backward()
            if step % setup.step_every == 0:
                optimizer.step()
            right = (out.argmax(1) == truth).float().mean().item()
            recorder.step(loss, right, samples=len(chosen), data_time_s=waited)
            if by_batch:
                schedule.step()  # type: ignore[attr-defined]
        if not by_batch:
            schedule.step()  # type: ignore[attr-defined]
        if setup.evaluates:
            loss_val, accuracy = _evaluate(model, val_images, val_targets)
            recorder.evaluate(loss=loss_val, accuracy=accuracy)
    return _evaluate(model, val_images, val_targets)[1]


def _load(recorder: Recorder, load_s: float) -> float:
    """Train while reading is slow; return minus the seconds that a batch is waited for, in ms."""
    _train(recorder, Setup(load_s=load_s, epochs=5))
    return -1000 * load_s


def _normal(std: float) -> Callable[[nn.Module], None]:
    """Return what draws every weight with one standard deviation, as old tutorials do."""

    def initialise(model: nn.Module) -> None:
        for name, parameter in model.named_parameters():
            nn.init.normal_(parameter, std=0.0 if name.endswith("bias") else std)

    return initialise


def _bias(value: float) -> Callable[[nn.Module], None]:
    def initialise(model: nn.Module) -> None:
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                nn.init.constant_(parameter, value)

    return initialise


def _shuffled(share: float) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Return what permutes the labels of a share of the examples, but not their images."""

    def relabel(targets: Tensor, generator: torch.Generator) -> Tensor:
        count = int(share * len(targets))
        targets = targets.clone()
        targets[:count] = targets[:count][torch.randperm(count, generator=generator)]
        return targets

    return relabel


def _to_bytes_and_back(images: Tensor) -> Tensor:
    """Return bytes divided by 255 as whole numbers, as `//` does."""
    return ((images.clamp(0, 1) * 230).to(torch.uint8) // 255).float()


def _healthy(name: str, goal: float, setup: Setup) -> Scenario:
    return Scenario(name, "healthy", lambda r, _: _train(r, setup), goal=goal)


SCENARIOS = (
    _healthy("plain", 0.9, Setup()),
    _healthy("dropout", 0.85, Setup(dropout=0.4)),
    _healthy("batch-of-four", 0.8, Setup(batch=4, num_train=1600, epochs=2, lr=0.008)),
    _healthy("two-decays", 0.85, Setup(schedule="milestones")),
    _healthy("restarts", 0.85, Setup(schedule="restarts")),
    _healthy("label-smoothing", 0.85, Setup(smoothing=0.15)),
    _healthy("noisy-images-at-their-floor", 0.5, Setup(noise=0.6, lr=0.02, evaluates=False)),
    Scenario(
        "lr-too-high", "lr-too-high", lambda r, s: _train(r, Setup(lr=0.05 * 10**s)),
        goal=0.92, severities=(0.55, 0.9),
    ),
    Scenario(
        "lr-too-low", "lr-too-low", lambda r, s: _train(r, Setup(lr=0.05 / 10**s)),
        goal=0.92, severities=(1.6, 2.3),
    ),
    Scenario(
        "halved-every-three-batches", "lr-schedule-wrong",
        lambda r, s: _train(r, Setup(schedule="halved each batch" if s else "halved")), goal=0.92,
    ),
    Scenario(
        "strong-decay", "weight-decay-too-high",
        lambda r, s: _train(r, Setup(weight_decay=0.05 * s if s else 5e-4)),
        goal=0.92, severities=(1.4, 3.0),
    ),
    Scenario(
        "normal-weights", "bad-initialisation",
        lambda r, s: _train(r, Setup(initialise=_normal(s) if s else None)),
        goal=0.92, severities=(0.4, 0.8),
    ),
    Scenario(
        "negative-biases", "relus-dead",
        lambda r, s: _train(r, Setup(initialise=_bias(-s) if s else None)), goal=0.92,
        same_as=("bad-initialisation",), severities=(1.0, 3.0),
    ),
    Scenario(
        "pixels-to-255", "inputs-not-normalised",
        lambda r, s: _train(r, Setup(scale=255 * s)),
        goal=0.92, severities=(0.1, 1.0),
    ),
    Scenario(
        "whole-division", "output-constant",
        lambda r, s: _train(r, Setup(prepare=_to_bytes_and_back if s else None)), goal=0.92,
    ),
    Scenario(
        "softmax-layer", "softmax-twice",
        lambda r, s: _train(r, Setup(softmax=s > 0, epochs=8 if s < 2 else 12)),
        goal=0.92, severities=(1.0, 2.0),
    ),
    Scenario(
        "summed-loss", "loss-reduction-wrong",
        lambda r, s: _train(r, Setup(reduction="sum" if s else "mean", lr=0.05 / max(1.0, s))),
        goal=0.92, severities=(1.0, 3.0),
    ),
    Scenario(
        "labels-shuffled-alone", "labels-wrong",
        lambda r, s: _train(r, Setup(relabel=_shuffled(s), epochs=10)),
        goal=0.92, severities=(1.0,),
    ),
    Scenario(
        "part-mislabelled", "label-noise",
        lambda r, s: _train(r, Setup(relabel=_shuffled(s))), goal=0.92, severities=(0.6, 0.75),
    ),
    Scenario(
        "folders-in-order", "data-not-shuffled",
        lambda r, s: _train(r, Setup(shuffle=not s, lr=0.05 if s < 2 else 0.01)), goal=0.92,
        severities=(1.0, 2.0),
    ),
    Scenario(
        "gradients-never-cleared", "zero-grad-missing",
        lambda r, s: _train(r, Setup(zero_grad=not s, lr=0.05 if s < 2 else 0.01)), goal=0.92,
        severities=(1.0, 2.0),
    ),
    Scenario(
        "steps-now-and-then", "optimizer-step-missing",
        lambda r, s: _train(r, Setup(step_every=round(12 * s) if s else 1)), goal=0.92,
        severities=(1.0, 3.0),
    ),
    Scenario(
        "slow-disk", "dataloader-bottleneck", lambda r, s: _load(r, 0.006 * s), goal=-2,
        severities=(1.0, 2.5),
    ),
)  # fmt: skip
