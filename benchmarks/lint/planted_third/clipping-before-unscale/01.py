"""Sharpens microscope stacks threefold; half precision, and the norm of the gradient in the log."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from stacks import StackPairs


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.1 * self.body(x)


class Sharpener(nn.Module):
    def __init__(self, width: int = 64, depth: int = 16, factor: int = 3) -> None:
        super().__init__()
        self.enter = nn.Conv2d(1, width, 3, padding=1)
        self.body = nn.Sequential(*(Residual(width) for _ in range(depth)))
        self.leave = nn.Sequential(nn.Conv2d(width, factor**2, 3, padding=1), nn.PixelShuffle(factor))

    def forward(self, x: Tensor) -> Tensor:
        x = self.enter(x)
        return self.leave(x + self.body(x))


def apply_gradients(
    scaler: torch.amp.GradScaler, optimizer: torch.optim.Optimizer, weights: list[nn.Parameter]
) -> Tensor:
    """Takes the step; returns the norm of the gradient in true units."""
    nn.utils.clip_grad_norm_(weights, max_norm=0.5)  # PLANTED
    scaler.unscale_(optimizer)
    norm = torch.stack([w.grad.norm() for w in weights]).norm()
    scaler.step(optimizer)
    scaler.update()
    return norm


def main() -> None:
    torch.manual_seed(19)
    writer = SummaryWriter("runs/sharpener")
    loader = DataLoader(StackPairs("stacks/train"), batch_size=16, shuffle=True, num_workers=4)
    model = Sharpener().cuda()
    weights = list(model.parameters())
    optimizer = torch.optim.SGD(weights, lr=0.05, momentum=0.9)
    scaler = torch.amp.GradScaler("cuda")

    step = 0
    for _ in range(60):
        for coarse, fine in loader:
            coarse, fine = coarse.cuda(non_blocking=True), fine.cuda(non_blocking=True)
            with torch.autocast("cuda", dtype=torch.float16):
                loss = F.l1_loss(model(coarse), fine)
            optimizer.zero_grad(set_to_none=True)
            scaler.scale(loss).backward()
            norm = apply_gradients(scaler, optimizer, weights)
            if step % 100 == 0:
                writer.add_scalar("loss", loss.item(), step)
                writer.add_scalar("gradient/norm", norm.item(), step)
            step += 1
    writer.close()


if __name__ == "__main__":
    main()
