"""The image example: its data tell the classes apart, and no sample leaks into the others."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from neural_trainer.training.config import ImageClassifierConfig, TrainingConfig
from neural_trainer.training.image_classifier import (
    ImageClassifier,
    classification_loss,
    gratings,
    make_case,
)


def test_stripes_are_along_the_direction_of_their_label(project: Path) -> None:
    sizes = ImageClassifierConfig(noise=0.0, num_classes=4, image_size=24)
    images, labels = gratings(sizes, 200, seed=1).tensors
    assert images.shape == (200, 1, 24, 24)
    assert images.abs().max() == 1
    for image, label in zip(images[:, 0], labels.tolist(), strict=True):
        # Of the two-dimensional spectrum the largest part lies across the stripes.
        power = torch.fft.fft2(image - image.mean()).abs()[:12]
        row, column = divmod(int(power.argmax()), 24)
        angle = math.atan2(row, column if column < 12 else column - 24) % math.pi
        off = abs(angle - label * math.pi / 4)
        assert min(off, math.pi - off) < math.pi / 8


def test_the_same_seed_gives_the_same_images_and_another_gives_others() -> None:
    first, again, other = (gratings(ImageClassifierConfig(), 8, seed=s).tensors for s in (1, 1, 2))
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])


def test_an_untrained_model_gives_even_odds_one_sample_at_a_time() -> None:
    torch.manual_seed(0)
    model = ImageClassifier(num_classes=8, width=8, num_layers=2, dropout=0.0)
    images, labels = torch.randn(64, 1, 16, 16), torch.randint(8, (64,))
    loss = classification_loss(model, (images, labels))
    assert loss.item() == pytest.approx(math.log(8), abs=0.2)
    torch.testing.assert_close(model(images)[:1], model(images[:1]))
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_held_out_images_are_none_of_the_training_images() -> None:
    case = make_case(ImageClassifierConfig(num_samples=64), TrainingConfig(batch_size=16))
    batches: Any = case.train_batches
    train = {image.numpy().tobytes() for images, _ in batches for image in images}
    held_out = {
        image.numpy().tobytes() for images, _ in case.eval_batches or () for image in images
    }
    assert len(train) == 64
    assert len(held_out) == 1024
    assert train.isdisjoint(held_out)
