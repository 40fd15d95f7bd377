"""Tiles of roads, networks for them and the loop that trains these."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim import lr_scheduler as schedules

from fault_gym.recorder import Recorder

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
