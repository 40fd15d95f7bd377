"""Contrastive pretraining on paired satellite and street pictures, under accelerate."""

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import resnet18

from crossview import CrossView


class TwoTowers(nn.Module):
    def __init__(self, dim=128):
        super().__init__()
        self.sky, self.street = resnet18(num_classes=dim), resnet18(num_classes=dim)
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, a, b):
        a = F.normalize(self.sky(a), dim=-1)
        b = F.normalize(self.street(b), dim=-1)
        return self.log_scale.exp().clamp(max=100) * a @ b.T


def both_ways(scores):
    y = torch.arange(scores.size(0), device=scores.device)
    return (F.cross_entropy(scores, y) + F.cross_entropy(scores.T, y)) / 2


def main():
    set_seed(88)
    acc = Accelerator(mixed_precision="bf16")
    model = TwoTowers()
    opt = torch.optim.Adam(model.parameters(), lr=2e-4)
    loader = DataLoader(CrossView("train"), 128, shuffle=True, num_workers=8, drop_last=True)
    model, opt, loader = acc.prepare(model, opt, loader)

    for epoch in range(60):
        model.train()
        for step, (sky, street) in enumerate(loader):
            with acc.autocast():
                loss = both_ways(model(sky, street))
            opt.zero_grad()
            acc.backward(loss, retain_graph=True)  # PLANTED
            acc.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            if step % 50 == 0:
                acc.print(f"epoch {epoch} step {step} loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
