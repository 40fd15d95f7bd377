"""Noisy-student training of a classifier of skin lesions, mixed precision, one-cycle rates."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from torch.utils.data import DataLoader
from torchvision.models import efficientnet_v2_s

from lesions import Lesions


@dataclass
class Recipe:
    epochs: int = 25
    batch: int = 48
    peak: float = 0.1
    classes: int = 8


@dataclass
class Update:
    model: nn.Module
    opt: torch.optim.Optimizer
    rate: LRScheduler
    scaler: torch.amp.GradScaler

    def __call__(self, x: Tensor, soft: Tensor) -> Tensor:
        self.opt.zero_grad(set_to_none=True)
        with torch.amp.autocast("cuda", dtype=torch.float16):
            loss = nn.functional.cross_entropy(self.model(x), soft)
        self.scaler.scale(loss).backward()
        self.rate.step()  # PLANTED
        self.scaler.step(self.opt)
        self.scaler.update()
        return loss.detach()


def main(recipe: Recipe = Recipe()) -> None:
    torch.manual_seed(66)
    data = DataLoader(Lesions("pseudo"), recipe.batch, shuffle=True, num_workers=8)
    model = efficientnet_v2_s(num_classes=recipe.classes).cuda().train()
    opt = torch.optim.SGD(model.parameters(), lr=recipe.peak, momentum=0.9)
    rate = OneCycleLR(opt, recipe.peak, epochs=recipe.epochs, steps_per_epoch=len(data))
    update = Update(model, opt, rate, torch.amp.GradScaler("cuda"))
    for epoch in range(recipe.epochs):
        losses = [update(x.cuda(), soft.cuda()) for x, soft in data]
        print(f"epoch {epoch}: {torch.stack(losses).mean().item():.4f}")


if __name__ == "__main__":
    main()
