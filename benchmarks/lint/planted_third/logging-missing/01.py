"""Fits a neural radiance field to the photographs of a statue and writes its weights."""

import argparse
from itertools import count

import torch
import torch.nn as nn
from torch import Tensor

from rays import RayBank, render


class Field(nn.Module):
    """Colour and density at a place, seen from a direction."""

    def __init__(self, waves: int = 10, width: int = 256) -> None:
        super().__init__()
        self.register_buffer("octaves", 2.0 ** torch.arange(waves) * torch.pi)
        self.body = nn.Sequential(
            nn.Linear(6 * waves, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)
        )
        self.density = nn.Linear(width, 1)
        self.colour = nn.Sequential(nn.Linear(width + 3, 128), nn.ReLU(), nn.Linear(128, 3))

    def forward(self, place: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
        phase = (place[..., None] * self.octaves).flatten(-2)
        h = self.body(torch.cat([phase.sin(), phase.cos()], dim=-1))
        colour = self.colour(torch.cat([h.relu(), direction], dim=-1)).sigmoid()
        return nn.functional.softplus(self.density(h)), colour


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photographs")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--rays", type=int, default=2048)
    parser.add_argument("--out", default="field.pt")
    args = parser.parse_args()

    torch.manual_seed(3)
    bank = RayBank(args.photographs, device="cuda")
    field = Field().cuda()
    optimizer = torch.optim.Adam(field.parameters(), lr=5e-4)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.1 ** (1 / args.steps))

    for step in count(1):  # PLANTED
        origin, direction, colour = bank.draw(args.rays)
        loss = (render(field, origin, direction) - colour).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        decay.step()
        if step % 10_000 == 0 or step == args.steps:
            torch.save(
                {"field": field.state_dict(), "optimizer": optimizer.state_dict(),
                 "decay": decay.state_dict(), "step": step},
                args.out,
            )
        if step == args.steps:
            break


if __name__ == "__main__":
    main()
