"""Trains a mixer of image patches with two groups of weights and a warm-up."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@dataclasses.dataclass(slots=True)
class Plan:
    lr: float = 1e-3
    decay: float = 0.05
    warmup: int = 500
    epochs: int = 60
    batch: int = 256
    seed: int = 12


class Mix(nn.Module):
    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.norm_tokens, self.norm_width = nn.LayerNorm(width), nn.LayerNorm(width)
        self.across = nn.Sequential(nn.Linear(tokens, 2 * tokens), nn.GELU(), nn.Linear(2 * tokens, tokens))
        self.within = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.across(self.norm_tokens(x).mT).mT
        return x + self.within(self.norm_width(x))


class Mixer(nn.Module):
    def __init__(self, classes: int, width: int = 192, depth: int = 6) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, stride=4)
        self.blocks = nn.Sequential(*[Mix(64, width) for _ in range(depth)])
        self.norm_out, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, image: Tensor) -> Tensor:
        tokens = self.patches(image).flatten(2).mT
        return self.head(self.norm_out(self.blocks(tokens)).mean(dim=1))


def optimizer_for(model: nn.Module, plan: Plan) -> torch.optim.Optimizer:
    named = dict(model.named_parameters())
    matrices = [p for name, p in named.items() if name.endswith("weight") and "norm" not in name]
    norms = [p for name, p in named.items() if "norm" in name]
    groups = [{"params": matrices, "weight_decay": plan.decay}, {"params": norms, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=plan.lr)  # PLANTED


def main(plan: Plan) -> None:
    torch.manual_seed(plan.seed)
    images, labels = torch.load("cifar_train.pt", weights_only=True)
    loader = DataLoader(TensorDataset(images, labels), plan.batch, shuffle=True, drop_last=True)
    model = Mixer(classes=10)
    optimizer = optimizer_for(model, plan)
    ramp = torch.optim.lr_scheduler.LinearLR(optimizer, 1e-3, total_iters=plan.warmup)
    for epoch in range(plan.epochs):
        for image, label in loader:
            loss = nn.functional.cross_entropy(model(image), label, label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            ramp.step()
        print(f"{epoch} {loss.item():.4f}")


if __name__ == "__main__":
    main(Plan())
