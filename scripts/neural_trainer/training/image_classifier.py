"""The built-in image example: a small convolutional network on gratings that it makes itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.layers.case import Case

if TYPE_CHECKING:
    from neural_trainer.training.config import ImageClassifierConfig, TrainingConfig

HELD_OUT = 1024  # images
PERIODS = (3.0, 6.0)  # pixels


class ImageClassifier(nn.Module):
    """Residual blocks of convolutions with group normalisation, then the mean over the image."""

    def __init__(self, *, num_classes: int, width: int, num_layers: int, dropout: float) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(num_layers))
        self.norm = nn.GroupNorm(1, width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits, (batch, num_classes), for `images`, (batch, 1, height, width)."""
        hidden = self.stem(images)
        for block in self.blocks:
            hidden = block(hidden)
        logits: Tensor = self.head(self.dropout(self.norm(hidden).mean(dim=(2, 3))))
        return logits


class ResidualBlock(nn.Module):
    """Two convolutions beside the identity, normalised first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm_in, self.norm_out = nn.GroupNorm(1, width), nn.GroupNorm(1, width)
        self.conv_in = nn.Conv2d(width, width, 3, padding=1)
        self.conv_out = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return `hidden`, (batch, width, height, width), with what the block adds."""
        inner = self.conv_in(functional.relu(self.norm_in(hidden)))
        result: Tensor = hidden + self.conv_out(functional.relu(self.norm_out(inner)))
        return result


def gratings(sizes: ImageClassifierConfig, count: int, *, seed: int) -> TensorDataset:
    """Return images, (count, 1, size, size), and labels, (count,): the direction of the stripes.

    Phase and period are drawn anew for each, and the noise is beside stripes of ±1.
    """
    size, num_classes = sizes.image_size, sizes.num_classes
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(num_classes, (count,), generator=generator)
    angle = (labels * math.pi / num_classes).view(-1, 1, 1)
    phase, share = torch.rand(2, count, 1, 1, generator=generator)
    period = PERIODS[0] + (PERIODS[1] - PERIODS[0]) * share
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    along = x * angle.cos() + y * angle.sin()
    images = (2 * math.pi * (along / period + phase)).sin().sign()
    images = images + sizes.noise * torch.randn(count, size, size, generator=generator)
    return TensorDataset(images.unsqueeze(1), labels)


def make_case(sizes: ImageClassifierConfig, training: TrainingConfig) -> Case:
    """Return model and data of the example; the held-out images are drawn apart."""
    train = gratings(sizes, sizes.num_samples, seed=2 * training.seed)
    held_out = gratings(sizes, HELD_OUT, seed=2 * training.seed + 1)
    model = ImageClassifier(
        num_classes=sizes.num_classes,
        width=sizes.width,
        num_layers=sizes.num_layers,
        dropout=sizes.dropout,
    )
    return Case(
        model=model,
        loss_fn=classification_loss,
        train_batches=DataLoader(
            train,
            batch_size=training.batch_size,
            shuffle=True,
            drop_last=True,
            num_workers=sizes.workers,
        ),
        eval_batches=DataLoader(held_out, batch_size=256),
        config={"classes": sizes.num_classes, "train_images": sizes.num_samples},
    )


def classification_loss(model: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return the mean cross-entropy of the labels, in nats."""
    images, labels = batch
    return functional.cross_entropy(model(images), labels)
