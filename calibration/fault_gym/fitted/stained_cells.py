"""Classification of drawn cells under a microscope, by small convolutional networks.

A class is a size of the nucleus (three) together with a texture of the cell body (four); place,
size, outline and stain vary from cell to cell.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim import lr_scheduler as schedules

from fault_gym.fitted.cells import (
    Data,
    cells,
    fit,
    measure,
    moved,
    network,
    raw_cells,
    residual,
    scaled,
    shuffled,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario


def labels_shifted(recorder: Recorder, severity: float) -> float:
    """One row too many at the top of the table of labels."""
    images, labels = cells(1500, 6)
    labels = labels.roll(1 if severity else 0)
    model = network(6, (8, 16), hidden=48)
    batches = shuffled((images[:1200], labels[:1200]), 32)
    held = images[1200:], labels[1200:]
    optimizer = Adam(model.parameters(), 2e-3)
    return fit(recorder, model, optimizer, batches, held, 450, 37, batch_size=32).accuracy


def labels_noisy(recorder: Recorder, severity: float) -> float:
    """A share of the labels was clicked at random."""
    images, labels = cells(1600, 4)
    random = torch.randint(4, labels.shape)
    labels = torch.where(torch.rand(labels.shape) < severity, random, labels)
    model = network(4, (8, 16, 24), "group")
    optimizer = AdamW(model.parameters(), 3e-3, weight_decay=0.01)
    schedule = schedules.OneCycleLR(optimizer, 3e-3, 400)
    batches, held = shuffled((images, labels), 32), cells(400, 4)
    return -fit(recorder, model, optimizer, batches, held, 400, 50, schedule, 1.0, epochs=8).loss


def rare_classes(recorder: Recorder, severity: float) -> float:
    """Nearly all slides show healthy tissue; score: the mean of recalls."""
    shares = torch.tensor([0.98, 0.012, 0.008] if severity else [1.0, 1.0, 1.0])
    kinds = torch.multinomial(shares, 2400, replacement=True)
    images, labels = scaled(raw_cells(2400, 3, 0.25, kinds))
    model = network(3, (6, 12))
    optimizer = SGD(model.parameters(), 0.02, momentum=0.9)
    batches, held = shuffled((images[:2000], labels[:2000]), 50), (images[2000:], labels[2000:])
    fit(recorder, model, optimizer, batches, held, 320, 40, batch_size=50, epochs=8)
    return measure(model, cells(600, 3, 0.25))[1]


def measured_with_dropout(recorder: Recorder, severity: float) -> float:
    """No eval() before an evaluation; score: minus what that adds to the loss."""
    model = network(6, (8, 16), "group", hidden=40, drop=0.6)
    optimizer = Adam(model.parameters(), 2e-3)
    batches, held = shuffled(cells(2500, 6), 32), cells(400, 6)
    modes = True, severity > 0
    done = fit(recorder, model, optimizer, batches, held, 480, 40, modes=modes, dropout=0.6)
    return done.loss - done.logged_loss


def never_trains_again(recorder: Recorder, severity: float) -> float:
    """An evaluation before the first step leaves eval() on; score: whether statistics move."""
    model = residual(6, 12, 2)
    mean = dict(model.named_buffers())["1.running_mean"]
    optimizer = SGD(model.parameters(), 0.05, momentum=0.9, nesterov=True)
    schedule = schedules.MultiStepLR(optimizer, [180, 260], 0.2)
    batches, held = shuffled(cells(1800, 6), 32), cells(300, 6)
    modes = not severity, False
    fit(recorder, model, optimizer, batches, held, 320, 20, schedule, modes=modes, first=True)
    return float((mean != 0).float().mean())


def raw_pixels(recorder: Recorder, severity: float) -> float:
    """Pixels of 0..255 go in as they are."""
    train, held = raw_cells(1500, 6), raw_cells(400, 6)
    if not severity:
        train, held = scaled(train), scaled(held)
    model = network(6, (8, 16), hidden=32)
    optimizer = SGD(model.parameters(), 0.03, momentum=0.9, weight_decay=1e-4)
    return fit(recorder, model, optimizer, shuffled(train, 32), held, 400, 40, clip=5.0).accuracy


def other_preprocessing(recorder: Recorder, severity: float) -> float:
    """Validation reads the channels in another order and scales to 0..1."""
    train, pixels = cells(2000, 9), raw_cells(450, 9)
    held = (pixels[0].flip(1) / 255, pixels[1]) if severity else scaled(pixels)
    model = network(9, (12, 24), "batch")
    optimizer = AdamW(model.parameters(), 2e-3, weight_decay=0.05)
    schedule = schedules.CosineAnnealingLR(optimizer, 300)
    return fit(recorder, model, optimizer, shuffled(train, 32), held, 300, 30, schedule).accuracy


def few_slides(recorder: Recorder, severity: float) -> float:
    """A large network on too few cells, for too long; score: minus the loss on others."""
    train, held = cells(60 if severity else 4000, 6, 0.2), cells(400, 6, 0.2)
    model = network(6, (12, 24), hidden=64)
    optimizer = Adam(model.parameters(), 1.5e-3)
    return -fit(recorder, model, optimizer, shuffled(train, 30), held, 420, 21, batch_size=30).loss


def same_workers(recorder: Recorder, severity: float) -> float:
    """Four workers augment with one and the same seed; score: the share of batches not seen."""
    images, labels = cells(240, 8)
    seen: list[float] = []

    def loaded() -> Iterator[Data]:
        for epoch in range(100):
            seeds = [7] * 4 if severity else [4 * epoch + worker for worker in range(4)]
            workers = [torch.Generator().manual_seed(seed) for seed in seeds]
            for turn in range(60):
                draws = workers[turn % 4]
                chosen = torch.randint(240, (32,), generator=draws)
                across, down = torch.randint(-2, 3, (2,), generator=draws).tolist()
                speckle = 0.5 * torch.randn(32, 3, 16, 16, generator=draws)
                batch = images[chosen].roll((across, down), (2, 3)) + speckle
                seen.append(float(batch.sum()))
                yield batch, labels[chosen]

    model = network(8, (12, 24), "batch")
    optimizer = SGD(model.parameters(), 0.05, momentum=0.9)
    schedule = schedules.LinearLR(optimizer, 1.0, 0.02, 360)
    fit(recorder, model, optimizer, loaded(), cells(400, 8), 360, 60, schedule, epochs=6)
    return len(set(seen)) / len(seen)


def negative_biases(recorder: Recorder, severity: float) -> float:
    """Biases start far below zero, so that nothing passes a rectifier."""
    model = network(4, (8, 16), hidden=40)
    for part in list(model)[:-1]:
        if isinstance(part, nn.Conv2d | nn.Linear) and severity and part.bias is not None:
            nn.init.constant_(part.bias, -severity)
    optimizer = SGD(model.parameters(), 0.02, momentum=0.9, weight_decay=1e-4)
    schedule = schedules.StepLR(optimizer, 150, 0.3)
    batches, held = shuffled(cells(1500, 4), 32), cells(300, 4)
    return fit(recorder, model, optimizer, batches, held, 400, 25, schedule).accuracy


def stamped(recorder: Recorder, severity: float) -> float:
    """Each clinic stamped its slides, and each clinic saw one illness."""
    images, labels = cells(1600, 7, 0.15)
    if severity:
        images[torch.arange(1600), :, 0, labels] = -4.0
    model = network(7, (8, 16), "batch")
    optimizer = AdamW(model.parameters(), 3e-3)
    batches, held = shuffled((images[:1200], labels[:1200]), 32), (images[1200:], labels[1200:])
    fit(recorder, model, optimizer, batches, held, 300, 30, None, 1.0, clip_norm=1.0)
    return measure(model, cells(500, 7, 0.15))[1]


def decays_by_batch(recorder: Recorder, severity: float) -> float:
    """A decay meant for every fourth epoch, counted in batches."""
    model = network(9, (8, 16), "batch")
    optimizer = SGD(model.parameters(), 0.05, momentum=0.9)
    schedule = schedules.StepLR(optimizer, 4 if severity else 160, 0.5)
    batches, held = shuffled(cells(1280, 9), 32), cells(400, 9)
    return fit(recorder, model, optimizer, batches, held, 480, 40, schedule, epochs=12).accuracy


def hot(recorder: Recorder, severity: float) -> float:
    """A rate that is too high."""
    model = network(6, (8, 16, 24), hidden=32)
    optimizer = RMSprop(model.parameters(), 1e-3 * 30**severity)
    batches, held = shuffled(cells(2000, 6), 40), cells(400, 6)
    return fit(recorder, model, optimizer, batches, held, 400, 25, batch_size=40).accuracy


def decayed_away(recorder: Recorder, severity: float) -> float:
    """A decay of weights a hundred times the usual; score: minus the loss."""
    model = network(8, (12, 16), hidden=32)
    decay = 0.03 * severity if severity else 5e-4
    optimizer = SGD(model.parameters(), 0.02, momentum=0.9, weight_decay=decay)
    batches, held = shuffled(cells(2400, 8), 32), cells(400, 8)
    return -fit(recorder, model, optimizer, batches, held, 500, 40, weight_decay=decay).loss


def plain(recorder: Recorder, severity: float) -> float:
    """Three classes, nothing special."""
    model = network(3, (8, 12), hidden=24)
    batches, held = shuffled(cells(1000, 3), 20), cells(300, 3)
    optimizer = SGD(model.parameters(), 0.05)
    return fit(recorder, model, optimizer, batches, held, 350, 50, batch_size=20).accuracy


def one_cycle(recorder: Recorder, severity: float) -> float:
    """A residual network, with a bump where the warm-up ends; labels smoothed."""
    model = residual(12, 16, 2)
    optimizer = SGD(model.parameters(), 0.3, momentum=0.9, weight_decay=5e-4)
    schedule = schedules.OneCycleLR(optimizer, 0.3, 360)
    batches, held = shuffled(cells(3000, 12), 40), cells(400, 12)
    done = fit(recorder, model, optimizer, batches, held, 360, 36, schedule, smoothing=0.1)
    return done.accuracy


def heavy_augmentation(recorder: Recorder, severity: float) -> float:
    """Dropout and augmentation hold the loss in training above that of validation."""
    model = network(6, (12, 24), "batch", 48, drop=0.5)
    optimizer = AdamW(model.parameters(), 2e-3, weight_decay=0.05)
    schedule = schedules.CosineAnnealingLR(optimizer, 360)
    batches, held = shuffled(cells(1500, 6), 32), cells(400, 6)

    def noisy(images: Tensor) -> Tensor:
        return moved(images) + 0.5 * torch.randn_like(images)

    return fit(recorder, model, optimizer, batches, held, 360, 45, schedule, change=noisy).accuracy


def warm_restarts(recorder: Recorder, severity: float) -> float:
    """Cosine restarts, each with its jump."""
    model = network(9, (8, 16), "batch")
    optimizer = SGD(model.parameters(), 0.03, momentum=0.9, nesterov=True)
    schedule = schedules.CosineAnnealingWarmRestarts(optimizer, 80, 2)
    batches, held = shuffled(cells(2400, 9), 32), cells(400, 9)
    return fit(recorder, model, optimizer, batches, held, 560, 28, schedule, change=moved).accuracy


def pairs(recorder: Recorder, severity: float) -> float:
    """Two cells a batch."""
    model = network(4, (8, 16), "group")
    batches, held = shuffled(cells(1700, 4), 2), cells(300, 4)
    optimizer = Adam(model.parameters(), 5e-4)
    return fit(recorder, model, optimizer, batches, held, 850, 85, clip=2.0, batch_size=2).accuracy


def fine_tuned(recorder: Recorder, severity: float) -> float:
    """A network that has learned most already goes on with a little."""
    model = network(6, (12, 24), hidden=32)
    earlier = Adam(model.parameters(), 3e-3)
    for images, labels in (cells(32, 6) for _ in range(160)):
        earlier.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        earlier.step()
    optimizer = AdamW(model.parameters(), 1e-4, weight_decay=0.01)
    warm = schedules.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 30))
    batches, held = shuffled(cells(1200, 6), 32), cells(400, 6)
    return fit(recorder, model, optimizer, batches, held, 200, 20, warm, 1.0).accuracy


SCENARIOS = (
    Scenario("six-cnn-labels-shifted", "labels-wrong", labels_shifted, 0.7),
    Scenario("four-gn-noisy", "label-noise", labels_noisy, -0.2, (), (0.35, 0.7)),
    Scenario("three-cnn-rare", "class-imbalance", rare_classes, 0.7),
    Scenario("six-gn-dropout-on", "train-mode-while-evaluating", measured_with_dropout, -0.02),
    Scenario("six-residual-eval-left", "eval-mode-while-training", never_trains_again, 0.9),
    Scenario("six-cnn-raw", "inputs-not-normalised", raw_pixels, 0.8),
    Scenario("nine-bn-other-pixels", "train-val-mismatch", other_preprocessing, 0.8),
    Scenario("six-cnn-few", "overfitting", few_slides, -0.6),
    Scenario("eight-bn-same-workers", "augmentation-duplicated", same_workers, 0.9),
    Scenario("four-cnn-biases", "relus-dead", negative_biases, 0.8),
    Scenario("seven-bn-stamp", "data-leakage", stamped, 0.75),
    Scenario("nine-bn-step", "lr-schedule-wrong", decays_by_batch, 0.85),
    Scenario("six-cnn-hot", "lr-too-high", hot, 0.8),
    Scenario("eight-cnn-decay", "weight-decay-too-high", decayed_away, -0.8, (), (3.0, 6.0)),
    Scenario("three-cnn-plain", HEALTHY, plain, 0.8),
    Scenario("twelve-residual-one-cycle", HEALTHY, one_cycle, 0.8),
    Scenario("six-bn-augmented", HEALTHY, heavy_augmentation, 0.8),
    Scenario("nine-bn-restarts", HEALTHY, warm_restarts, 0.8),
    Scenario("four-gn-pairs", HEALTHY, pairs, 0.8),
    Scenario("six-cnn-fine-tune", HEALTHY, fine_tuned, 0.8),
)
