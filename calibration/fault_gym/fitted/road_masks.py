"""Dense prediction on drawn aerial tiles: masks of roads, houses and ponds, maps of crossings.

Small U-Nets, plain stacks of convolutions and a small transformer on patches.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim import lr_scheduler as schedules

from fault_gym.fitted.road_tiles import (
    SIDE,
    PatchTransformer,
    UNet,
    bce,
    conv,
    crossings,
    dice,
    fit,
    measure,
    roads,
    tiles,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario


def other_order(recorder: Recorder, severity: float) -> float:
    """Masks are read by name (1, 10, 100, 2), tiles by number."""
    images, masks = tiles(600)
    if severity:
        masks = masks[sorted(range(600), key=str)]
    model = UNet(4)
    optimizer = Adam(model.parameters(), 3e-3)
    return fit(recorder, model, optimizer, (images, masks), tiles(80), 12, 300, 25).overlap


def wrong_legend(recorder: Recorder, severity: float) -> float:
    """A share of the annotators mixed the classes up; score: minus the loss."""
    images, masks = tiles(480)
    turned = torch.where(masks > 0, (masks + torch.randint(3, (480, 1, 1)) - 1) % 3 + 1, masks)
    masks = torch.where(torch.rand(480, 1, 1) < severity, turned, masks)
    model = UNet(4, 6)
    optimizer = AdamW(model.parameters(), 4e-3, weight_decay=0.01)
    schedule = schedules.CosineAnnealingLR(optimizer, 300)
    return -fit(recorder, model, optimizer, (images, masks), tiles(60), 12, 300, 40, schedule).loss


def rare_road(recorder: Recorder, severity: float) -> float:
    """Roads are faint, thin and rare, and nothing makes up for it."""
    (images, masks), (others, truth) = roads(640, 0.35, 0.05), roads(80, 0.35, 0.05)
    weight = torch.tensor(1.0 if severity else 6.0)

    def weighted(output: Tensor, target: Tensor) -> Tensor:
        return bce(output, target, pos_weight=weight)

    model = UNet(1, 6)
    optimizer = Adam(model.parameters(), 2e-3)
    data = (images, masks), (others, truth)
    return fit(recorder, model, optimizer, *data, 16, 260, 40, objective=weighted).overlap


def tile_by_tile(recorder: Recorder, severity: float) -> float:
    """Evaluated on single tiles without eval(); score: minus what that adds to the loss."""
    model = UNet(4, 6, drop=0.3)
    optimizer, modes = SGD(model.parameters(), 0.1, momentum=0.9), (True, severity > 0)
    args = optimizer, tiles(500), tiles(40), 12, 300, 30
    done = fit(recorder, model, *args, modes=modes, one_by_one=True)
    return done.loss - done.logged_loss


def eval_stays(recorder: Recorder, severity: float) -> float:
    """The evaluation after an epoch leaves eval() on; score: the share of steps in training."""
    model = UNet(1, drop=0.3)
    optimizer = RMSprop(model.parameters(), 2e-3)
    modes = not severity, False
    fit(recorder, model, optimizer, roads(320), roads(60), 16, 260, 20, None, bce, modes=modes)
    return float(dict(model.named_buffers())["enter.1.num_batches_tracked"]) / 260


def sixteen_bits(recorder: Recorder, severity: float) -> float:
    """Reflectances of sixteen bits go in as they are."""
    train, held = tiles(500), tiles(60)
    if severity:
        train, held = [((one * 0.2 + 0.5) * 9000, mask) for one, mask in (train, held)]
    model = UNet(4, norm=False)
    optimizer = Adam(model.parameters(), 2e-3)
    return fit(recorder, model, optimizer, train, held, 12, 300, 25, clip=1.0).overlap


def other_scale(recorder: Recorder, severity: float) -> float:
    """Validation forgets to take the mean off and to divide by the deviation."""
    held = tiles(60)
    if severity:
        held = held[0] * 0.2 + 0.5, held[1]
    model = UNet(4, 6)
    optimizer = SGD(model.parameters(), 0.2, momentum=0.9, weight_decay=1e-4)
    schedule = schedules.PolynomialLR(optimizer, 280, power=0.9)
    return fit(recorder, model, optimizer, tiles(600), held, 12, 280, 20, schedule).overlap


def few_tiles(recorder: Recorder, severity: float) -> float:
    """Twelve tiles, for many epochs; score: minus the loss on others."""
    model = UNet(4, 10)
    optimizer, train = Adam(model.parameters(), 5e-3), tiles(12 if severity else 600, 0.3)
    return -fit(recorder, model, optimizer, train, tiles(60, 0.3), 12, 320, 16).loss


def mask_as_input(recorder: Recorder, severity: float) -> float:
    """The fourth channel was made from the masks; where the network is used there are none."""
    (images, masks), (fresh, truth) = roads(480, 0.2), roads(60, 0.2)
    height = 0.3 * torch.randn(480, 1, SIDE, SIDE) + (masks if severity else 0)
    images = torch.cat([images, height], 1)
    model = UNet(1, 6, channels=4)
    optimizer = AdamW(model.parameters(), 4e-3)
    train, held = (images[:400], masks[:400]), (images[400:], masks[400:])
    fit(recorder, model, optimizer, train, held, 16, 240, 25, None, dice, name="jaccard")
    fresh = torch.cat([fresh, 0.3 * torch.randn(60, 1, SIDE, SIDE)], 1)
    return measure(model, (fresh, truth), dice)[1]


def too_hot(recorder: Recorder, severity: float) -> float:
    """A rate that is too high, in spite of a warm-up."""
    model = UNet(4, norm=False)
    optimizer = SGD(model.parameters(), 0.05 * 20**severity, momentum=0.9)
    warm = schedules.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20))
    return fit(recorder, model, optimizer, tiles(600), tiles(60), 12, 300, 25, warm).overlap


def ends_early(recorder: Recorder, severity: float) -> float:
    """The steps of the polynomial were counted for eight times the batch."""
    model = UNet(4, 6)
    optimizer = SGD(model.parameters(), 0.03, momentum=0.9)
    total = 35 if severity else 280
    schedule = schedules.PolynomialLR(optimizer, total, power=0.9)
    return fit(recorder, model, optimizer, tiles(600), tiles(60), 12, 280, 28, schedule).overlap


def pulled_to_zero(recorder: Recorder, severity: float) -> float:
    """A decay of weights that outweighs the loss."""
    model, decay = PatchTransformer(4), 20.0 if severity else 0.05
    optimizer = AdamW(model.parameters(), 2e-3, weight_decay=decay)
    data = tiles(1500), tiles(80)
    return fit(recorder, model, optimizer, *data, 16, 240, 30, weight_decay=decay).overlap


def place_alone(recorder: Recorder, severity: float) -> float:
    """Embeddings of places take the place of patches instead of being added to them."""
    model = PatchTransformer(1, replaced=severity > 0)
    optimizer = AdamW(model.parameters(), 1.5e-3, weight_decay=0.05)
    schedule = schedules.OneCycleLR(optimizer, 1.5e-3, 240, pct_start=0.1)
    data = roads(1500), roads(80)
    return fit(recorder, model, optimizer, *data, 16, 240, 24, schedule, bce, clip=1.0).overlap


def zeros(recorder: Recorder, severity: float) -> float:
    """All weights start at nought."""
    model = UNet(4, norm=False)
    for part in model.modules():
        if isinstance(part, nn.Conv2d) and severity:
            nn.init.zeros_(part.weight)
    optimizer = Adam(model.parameters(), 3e-3)
    return fit(recorder, model, optimizer, tiles(500), tiles(60), 12, 280, 20).overlap


def narrow(recorder: Recorder, severity: float) -> float:
    """Two channels, and pixels that do not see their neighbours."""
    width, size = (1, 1) if severity else (12, 5)
    model = nn.Sequential(conv(3, width, False, size), conv(width, width, False, size))
    model.append(nn.Conv2d(width, 4, 1))
    optimizer = Adam(model.parameters(), 5e-3)
    schedule = schedules.StepLR(optimizer, 180, 0.3)
    data = tiles(500, 0.15), tiles(60, 0.15)
    return fit(recorder, model, optimizer, *data, 12, 320, 32, schedule).overlap


def maps_broadcast(recorder: Recorder, severity: float) -> float:
    """The channel of the target is missing, so that each map is compared with all."""

    def squared(output: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(output, target[:, 0] if severity else target)

    model = UNet(1)
    optimizer, data = Adam(model.parameters(), 4e-3), (crossings(800), crossings(60))
    return fit(recorder, model, optimizer, *data, 16, 340, 34, None, squared, "hits").overlap


def softmax_inside(recorder: Recorder, severity: float) -> float:
    """The network ends with a softmax, and the loss begins with one; score: minus the loss."""
    model = nn.Sequential(UNet(4, 6), nn.Softmax(1) if severity else nn.Identity())
    optimizer, data = Adam(model.parameters(), 4e-3), (tiles(500), tiles(60))
    return -fit(recorder, model, optimizer, *data, 12, 260, 26).loss


def four_classes(recorder: Recorder, severity: float) -> float:
    """Four classes, plainly."""
    model = UNet(4)
    optimizer = Adam(model.parameters(), 2e-3)
    schedule = schedules.CosineAnnealingLR(optimizer, 280)
    return fit(recorder, model, optimizer, tiles(600), tiles(60), 12, 280, 20, schedule).overlap


def dice_alone(recorder: Recorder, severity: float) -> float:
    """A loss that starts below one and has no logarithm; four tiles a batch."""
    model = UNet(1, 6)
    optimizer, data = RMSprop(model.parameters(), 1e-3), (roads(400), roads(60))
    return fit(recorder, model, optimizer, *data, 4, 400, 50, None, dice, "jaccard").overlap


def small_maps(recorder: Recorder, severity: float) -> float:
    """Maps whose squared error is small from the first step and ends at a floor."""
    model = UNet(1, norm=False)
    optimizer = AdamW(model.parameters(), 4e-3)
    schedule = schedules.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    data = crossings(1000), crossings(60)
    return fit(recorder, model, optimizer, *data, 16, 380, 19, schedule, F.mse_loss, "hits").overlap


def centimetres(recorder: Recorder, severity: float) -> float:
    """Targets in large units: a loss and gradients of thousands all along, and healthy."""
    (images, maps), (others, truth) = crossings(800), crossings(60)
    data = (images, 300 * maps), (others, 300 * truth)
    model = UNet(1)
    optimizer = Adam(model.parameters(), 3e-2)
    schedule = schedules.LinearLR(optimizer, 1.0, 0.05, 320)
    return fit(recorder, model, optimizer, *data, 16, 320, 40, schedule, F.mse_loss, "hits").overlap


def patches(recorder: Recorder, severity: float) -> float:
    """A transformer, warmed up."""
    model = PatchTransformer(4)
    optimizer = AdamW(model.parameters(), 2e-3, weight_decay=0.1, betas=(0.9, 0.95))
    schedule = schedules.OneCycleLR(optimizer, 2e-3, 260, pct_start=0.1)
    data = tiles(1500), tiles(80)
    return fit(recorder, model, optimizer, *data, 16, 260, 26, schedule, clip=1.0).overlap


def knees(recorder: Recorder, severity: float) -> float:
    """Noisy small batches, and a knee at each decay of the rate."""
    model = UNet(4, 6, drop=0.2)
    optimizer = SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    schedule = schedules.MultiStepLR(optimizer, [240, 340], 0.1)
    return fit(recorder, model, optimizer, tiles(400), tiles(60), 4, 400, 50, schedule).overlap


SCENARIOS = (
    Scenario("unet-four-order", "labels-wrong", other_order, 0.6),
    Scenario("unet-four-legend", "label-noise", wrong_legend, -0.17, (), (0.5, 0.9)),
    Scenario("unet-road-rare", "class-imbalance", rare_road, 0.15),
    Scenario("unet-four-single", "train-mode-while-evaluating", tile_by_tile, -0.02),
    Scenario("unet-road-eval-stays", "eval-mode-while-training", eval_stays, 0.9),
    Scenario("unet-four-bits", "inputs-not-normalised", sixteen_bits, 0.6),
    Scenario("unet-four-scale", "train-val-mismatch", other_scale, 0.6),
    Scenario("unet-four-few", "overfitting", few_tiles, -0.5),
    Scenario("unet-road-channel", "data-leakage", mask_as_input, 0.6),
    Scenario("unet-four-hot", "lr-too-high", too_hot, 0.6),
    Scenario("unet-four-polynomial", "lr-schedule-wrong", ends_early, 0.6),
    Scenario("patches-four-decay", "weight-decay-too-high", pulled_to_zero, 0.4),
    Scenario("patches-road-places", "output-constant", place_alone, 0.4),
    Scenario("unet-four-zeros", "bad-initialisation", zeros, 0.6),
    Scenario("convs-four-narrow", "capacity-too-small", narrow, 0.6),
    Scenario("unet-maps-channel", "target-shape-broadcast", maps_broadcast, 0.7),
    Scenario("unet-four-softmax", "softmax-twice", softmax_inside, -0.4),
    Scenario("unet-four-plain", HEALTHY, four_classes, 0.6),
    Scenario("unet-road-dice", HEALTHY, dice_alone, 0.6),
    Scenario("unet-maps-floor", HEALTHY, small_maps, 0.5),
    Scenario("unet-maps-units", HEALTHY, centimetres, 0.5),
    Scenario("patches-four-warm", HEALTHY, patches, 0.4),
    Scenario("unet-four-knees", HEALTHY, knees, 0.6),
)
