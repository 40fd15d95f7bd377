"""A residual network without normalisation, its gradients held to a share of each weight's own size."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


def rows(w: Tensor) -> Tensor:
    """The norm of what goes into each unit, with the shape to be broadcast; a bias is one vector."""
    return w.norm() if w.dim() < 2 else w.flatten(1).norm(dim=1).view(-1, *[1] * (w.dim() - 1))


@torch.no_grad()
def clip_adaptively(weights: Iterable[nn.Parameter], clipping: float = 0.01, least: float = 1e-3) -> None:
    """Brock et al. 2021 (arXiv 2102.06171, section 4): a unit's gradient is at most 1 % of its weights."""
    for w in weights:
        most = clipping * rows(w).clamp_min(least)
        size = rows(w.grad).clamp_min(1e-6)
        w.grad.mul_((most / size).clamp_max(1.0))


class Unit(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.2 * self.second(F.gelu(self.first(F.gelu(x)))) * 1.7


def main() -> None:
    torch.manual_seed(64)
    ready = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
    pictures = datasets.CIFAR10("data", train=True, download=True, transform=ready)
    loader = DataLoader(pictures, batch_size=128, shuffle=True, num_workers=4, drop_last=True)
    body = nn.Sequential(
        nn.Conv2d(3, 96, 4, stride=4), *(Unit(96) for _ in range(8)), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    ).cuda()
    head = nn.Linear(96, 10).cuda()
    optimizer = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=60)

    for epoch in range(60):
        total = torch.zeros((), device="cuda")
        for x, y in loader:
            loss = F.cross_entropy(head(body(x.cuda(non_blocking=True))), y.cuda(non_blocking=True))
            optimizer.zero_grad()
            loss.backward()
            clip_adaptively(body.parameters())  # not the head, as in the paper
            optimizer.step()
            total += loss.detach()
        schedule.step()
        print(f"{epoch:2d} {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
