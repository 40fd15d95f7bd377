"""Pictures of stained cells, networks for them and the loop that trains these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim import lr_scheduler as schedules

from fault_gym.recorder import Recorder

Data = tuple[Tensor, Tensor]


def raw_cells(count: int, classes: int, noise: float = 0.08, kinds: Tensor | None = None) -> Data:
    """Draw images of three channels, in 0..255, and the class of each."""
    labels = torch.randint(classes, (count,)) if kinds is None else kinds
    axis = torch.linspace(-1, 1, 16)
    centre = torch.rand(2, count, 1, 1) * 0.5 - 0.25
    radius = torch.rand(2, count, 1, 1) * 0.2 + 0.55
    x, y = axis.view(1, 1, -1) - centre[0], axis.view(1, -1, 1) - centre[1]
    distance = ((x / radius[0]).square() + (y / radius[1]).square()).sqrt()
    nucleus = torch.tensor([0.25, 0.5, 0.75])[labels % 3].view(-1, 1, 1)
    across, down = (9 * x).sin() + 0 * y, (9 * y).sin() + 0 * x
    textures = torch.stack([0 * across, down, across, across * down])
    texture = textures[labels // 3, torch.arange(count)]
    body = torch.sigmoid(10 * (1 - distance)) * (0.3 + 0.2 * texture)
    core = 0.5 * torch.sigmoid(12 * (nucleus - distance))
    stain = torch.tensor([0.5, 0.9, 0.6]) * (0.8 + 0.4 * torch.rand(count, 3))
    dark = (body + core)[:, None] * stain[:, :, None, None]
    images = (0.95 - dark + noise * torch.randn(count, 3, 16, 16)).clamp(0, 1)
    return images * 255, labels


def scaled(data: Data) -> Data:
    """Return the images as a network likes them."""
    return (data[0] / 255 - 0.8) / 0.2, data[1]


def cells(count: int, classes: int, noise: float = 0.08) -> Data:
    """Draw cells, scaled."""
    return scaled(raw_cells(count, classes, noise))


def network(
    classes: int, widths: tuple[int, ...], norm: str = "", hidden: int = 0, drop: float = 0.0
) -> nn.Sequential:
    """Return convolutions, each halving the image, and a head."""
    layers: list[nn.Module] = []
    before, side = 3, 16
    for width in widths:
        layers.append(nn.Conv2d(before, width, 3, padding=1))
        if norm:
            layers.append(nn.BatchNorm2d(width) if norm == "batch" else nn.GroupNorm(4, width))
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        before, side = width, side // 2
    layers.append(nn.Flatten())
    features = before * side * side
    if hidden:
        layers += [nn.Dropout(drop / 2), nn.Linear(features, hidden), nn.ReLU()]
        features = hidden
    return nn.Sequential(*layers, nn.Dropout(drop), nn.Linear(features, classes))


class Residual(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        first, second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        norms = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.inner = nn.Sequential(first, norms[0], nn.ReLU(), second, norms[1])

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum, rectified."""
        return F.relu(x + self.inner(x))


def residual(classes: int, width: int, blocks: int) -> nn.Sequential:
    """Return a residual network on images halved once."""
    stem = [nn.Conv2d(3, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
    body = [Residual(width) for _ in range(blocks)]
    return nn.Sequential(
        *stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)
    )


def shuffled(data: Data, batch: int) -> Iterator[Data]:
    """Yield batches of one epoch after another."""
    images, labels = data
    while True:
        for chosen in torch.randperm(len(labels)).split(batch):
            if len(chosen) == batch:
                yield images[chosen], labels[chosen]


def moved(images: Tensor) -> Tensor:
    """Augment: flip, shift, brighten."""
    flipped = images.flip(3) if torch.rand(()) < 0.5 else images
    across, down = torch.randint(-2, 3, (2,)).tolist()
    light = 0.3 * torch.randn(len(images), 1, 1, 1)
    return flipped.roll((across, down), (2, 3)) + light


def measure(model: nn.Module, data: Data) -> tuple[float, float]:
    """Return the loss and the share that is right, in the mode the model is in."""
    with torch.no_grad():
        logits = model(data[0])
    right = (logits.argmax(1) == data[1]).float().mean()
    return float(F.cross_entropy(logits, data[1])), float(right)


class Scores(NamedTuple):
    """What was logged last, and what is so."""

    logged_loss: float
    logged_accuracy: float
    loss: float
    accuracy: float


def fit(
    recorder: Recorder,
    model: nn.Module,
    optimizer: Optimizer,
    batches: Iterator[Data],
    held: Data,
    steps: int,
    every: int,
    schedule: schedules.LRScheduler | None = None,
    clip: float = 0.0,
    smoothing: float = 0.0,
    change: Callable[[Tensor], Tensor] | None = None,
    modes: tuple[bool, bool] = (True, False),
    first: bool = False,
    **config: object,
) -> Scores:
    """Train, and measure.

    modes: what `training` is set to after an evaluation and before one. first: evaluate before
    the first step, too.
    """
    lr, name = optimizer.param_groups[0]["lr"], type(optimizer).__name__.lower()
    recorder.watch(model, optimizer, {"lr": lr, "optimizer": name, "steps": steps, **config})
    logged = (0.0, 0.0)
    model.train()
    for step in range(0 if first else 1, steps + 1):
        if step:
            images, labels = next(batches)
            optimizer.zero_grad()
            logits = model(images if change is None else change(images))
            loss = F.cross_entropy(logits, labels, label_smoothing=smoothing)
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            if schedule is not None:
                schedule.step()
            right = float((logits.argmax(1) == labels).float().mean())
            recorder.step(loss, accuracy=right, samples=len(labels))
        if step % every == 0:
            model.train(modes[1])
            logged = measure(model, held)
            model.train(modes[0])
            recorder.evaluate(loss=logged[0], accuracy=logged[1])
    return Scores(*logged, *measure(model.eval(), held))
