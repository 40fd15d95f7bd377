"""Dense prediction on drawn aerial tiles: masks of roads, houses and ponds, maps of crossings.

Small U-Nets, plain stacks of convolutions and a small transformer on patches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from torch.optim import lr_scheduler as schedules

from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario

Data = tuple[Tensor, Tensor]
SIDE = 24
COLOURS = torch.tensor([[0.4, 0.55, 0.3], [0.6, 0.6, 0.55], [0.65, 0.4, 0.35], [0.3, 0.4, 0.55]])


def draw(count: int, noise: float = 0.1, width: float = 0.14) -> tuple[Tensor, Tensor, Tensor]:
    """Return tiles in 0..1, their masks of four classes, and the places of the crossings."""
    axis = torch.linspace(-1, 1, SIDE)
    x, y = axis.view(1, 1, -1), axis.view(1, -1, 1)
    angle, shift = 3.14 * torch.rand(count, 1, 1), torch.rand(2, count, 1, 1) * 1.2 - 0.6
    along = (x - shift[0]) * angle.cos() + (y - shift[1]) * angle.sin()
    beside = (y - shift[1]) * angle.cos() - (x - shift[0]) * angle.sin()
    place = torch.rand(4, count, 1, 1) * 1.6 - 0.8
    pond = (x - place[0]).square() + (y - place[1]).square() < 0.12
    house = ((x - place[2]).abs() < 0.3) & ((y - place[3]).abs() < 0.2)
    mask = torch.zeros(count, SIDE, SIDE, dtype=torch.long)
    mask[pond], mask[house] = 3, 2
    mask[(along.abs() < width) | (beside.abs() < width)] = 1
    light = 0.85 + 0.3 * torch.rand(count, 1, 1, 1)
    tiles = COLOURS[mask].permute(0, 3, 1, 2) * light + noise * torch.randn(count, 3, SIDE, SIDE)
    return tiles, mask, shift.view(2, count).T


def tiles(count: int, noise: float = 0.1) -> Data:
    """Return tiles, scaled, and masks of four classes."""
    images, mask, _ = draw(count, noise)
    return (images - 0.5) / 0.2, mask


def roads(count: int, noise: float = 0.1, width: float = 0.14) -> Data:
    """Return tiles, scaled, and masks of the road alone, of one channel."""
    images, mask, _ = draw(count, noise, width)
    return (images - 0.5) / 0.2, (mask == 1).float()[:, None]


def crossings(count: int) -> Data:
    """Return tiles, scaled, and maps with a bump where two roads cross."""
    images, _, place = draw(count)
    axis = torch.linspace(-1, 1, SIDE)
    far = (axis - place[:, :1])[:, None, :].square() + (axis - place[:, 1:])[:, :, None].square()
    return (images - 0.5) / 0.2, torch.exp(-far / 0.05)[:, None]


def conv(before: int, after: int, norm: bool, size: int = 3) -> nn.Sequential:
    """Return a convolution, a norm if wanted, and a rectifier."""
    middle = [nn.BatchNorm2d(after)] if norm else []
    return nn.Sequential(nn.Conv2d(before, after, size, padding=size // 2), *middle, nn.ReLU())


class UNet(nn.Module):
    """Two levels down and up again, with the levels joined."""

    def __init__(
        self, out: int, base: int = 8, norm: bool = True, drop: float = 0.0, channels: int = 3
    ) -> None:
        super().__init__()
        self.enter, self.down = conv(channels, base, norm), conv(base, 2 * base, norm)
        self.bottom = conv(2 * base, 2 * base, norm)
        self.up, self.leave = conv(4 * base, base, norm), conv(2 * base, base, norm)
        self.drop, self.head = nn.Dropout2d(drop), nn.Conv2d(base, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of `out` channels."""
        fine = self.enter(x)
        middle = self.down(F.max_pool2d(fine, 2))
        coarse = self.bottom(F.max_pool2d(middle, 2))
        middle = self.up(torch.cat([middle, F.interpolate(coarse, scale_factor=2)], 1))
        fine = self.leave(torch.cat([fine, F.interpolate(middle, scale_factor=2)], 1))
        return self.head(self.drop(fine))  # type: ignore[no-any-return]


class PatchTransformer(nn.Module):
    """A transformer on patches of four by four. replaced: a patch gives way to its place."""

    def __init__(self, out: int, blocks: int = 2, replaced: bool = False) -> None:
        super().__init__()
        self.embed, self.replaced = nn.Conv2d(3, 48, 4, 4), replaced
        self.place = nn.Parameter(0.02 * torch.randn(1, 36, 48))
        layer = nn.TransformerEncoderLayer(
            48, 4, 96, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(layer, blocks, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(48), nn.Linear(48, 16 * out)

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of `out` channels."""
        tokens = self.embed(x).flatten(2).transpose(1, 2)
        tokens = self.place.expand_as(tokens) if self.replaced else tokens + self.place
        patches = self.head(self.norm(self.blocks(tokens))).transpose(1, 2)
        return F.fold(patches, (SIDE, SIDE), 4, stride=4)


def dice(logits: Tensor, mask: Tensor) -> Tensor:
    """Return one less the overlap."""
    chance = torch.sigmoid(logits)
    return 1 - (2 * (chance * mask).sum() + 1) / (chance.sum() + mask.sum() + 1)


def overlap(output: Tensor, target: Tensor) -> float:
    """Return the mean over classes of intersection over union; of maps, the share of hit peaks."""
    if target.dtype == torch.long:
        guess, classes = output.argmax(1), range(output.shape[1])
    elif bool(((target == 0) | (target == 1)).all()):
        guess, target, classes = (output > 0).long(), target.long(), range(1, 2)
    else:
        peaks = [one.flatten(1).argmax(1) for one in (output, target)]
        rows, columns = (
            ((peaks[0] // SIDE) - (peaks[1] // SIDE)).abs(),
            (peaks[0] - peaks[1]) % SIDE,
        )
        return float(((rows <= 2) & ((columns <= 2) | (columns >= SIDE - 2))).float().mean())
    pairs = [(guess == one, target == one) for one in classes]
    shares = [float((a & b).sum()) / max(1.0, float((a | b).sum())) for a, b in pairs]
    return sum(shares) / len(shares)


Objective = Callable[[Tensor, Tensor], Tensor]


def measure(
    model: nn.Module, data: Data, objective: Objective, batch: int = 100
) -> tuple[float, float]:
    """Return the loss and the overlap, in the mode the model is in."""
    with torch.no_grad():
        output = torch.cat([model(images) for images in data[0].split(batch)])
        return float(objective(output, data[1])), overlap(output, data[1])


class Scores(NamedTuple):
    """What was logged last, and what is so."""

    logged_loss: float
    logged_overlap: float
    loss: float
    overlap: float


def fit(
    recorder: Recorder,
    model: nn.Module,
    optimizer: Optimizer,
    train: Data,
    held: Data,
    size: int,
    steps: int,
    every: int,
    schedule: schedules.LRScheduler | None = None,
    objective: Objective = F.cross_entropy,
    name: str = "iou",
    clip: float = 0.0,
    modes: tuple[bool, bool] = (True, False),
    one_by_one: bool = False,
    **config: object,
) -> Scores:
    """Train on batches of `size`, one epoch after another, and measure.

    name: of the overlap in the log. modes: what `training` is set to after an evaluation and
    before one. one_by_one: evaluate on one tile at a time.
    """
    basics = {"lr": optimizer.param_groups[0]["lr"], "batch_size": size, "steps": steps}
    recorder.watch(model, optimizer, {**basics, "optim": type(optimizer).__name__, **config})
    logged, order = (0.0, 0.0), torch.empty(0, dtype=torch.long)
    model.train()
    for step in range(1, steps + 1):
        if len(order) < size:
            order = torch.randperm(len(train[0]))
        images, target = train[0][order[:size]], train[1][order[:size]]
        order = order[size:]
        optimizer.zero_grad()
        output = model(images)
        loss = objective(output, target)
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if schedule is not None and not isinstance(schedule, schedules.ReduceLROnPlateau):
            schedule.step()
        recorder.step(loss, samples=size, **{name: overlap(output.detach(), target)})
        if step % every == 0:
            model.train(modes[1])
            logged = measure(model, held, objective, 1 if one_by_one else 100)
            model.train(modes[0])
            recorder.evaluate(**{"loss": logged[0], name: logged[1]})
            if isinstance(schedule, schedules.ReduceLROnPlateau):
                schedule.step(logged[0])
    return Scores(*logged, *measure(model.eval(), held, objective))


bce = F.binary_cross_entropy_with_logits


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
