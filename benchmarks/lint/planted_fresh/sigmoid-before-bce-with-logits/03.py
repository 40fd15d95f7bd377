"""Adversarial domain adaptation: digits with labels, photographs of house numbers without."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader

from digits import labelled_mnist, unlabelled_svhn  # both (3, 32, 32)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad: Tensor):
        return -ctx.strength * grad, None


class DANN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 5, 2, 2), nn.ReLU(), nn.Conv2d(64, 128, 5, 2, 2), nn.ReLU(),
            nn.Flatten(), nn.Linear(128 * 64, 256), nn.ReLU(),
        )
        self.digit = nn.Linear(256, 10)
        self.domain = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1))

    def forward(self, x: Tensor, strength: float) -> tuple[Tensor, Tensor]:
        h = self.features(x)
        origin = torch.special.expit(self.domain(Reverse.apply(h, strength)))  # PLANTED
        return self.digit(h), origin.squeeze(1)


def domain_loss(origin: Tensor, label: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(origin, torch.full_like(origin, label))


if __name__ == "__main__":
    torch.manual_seed(1505)
    net = DANN().cuda()
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    source = DataLoader(labelled_mnist("train"), 64, shuffle=True, drop_last=True)
    target = DataLoader(unlabelled_svhn("train"), 64, shuffle=True, drop_last=True)
    epochs = 40
    for epoch in range(epochs):
        strength = min(1.0, 2 * epoch / epochs)
        for (xs, ys), xt in zip(source, target):
            digit, at_home = net(xs.cuda(), strength)
            _, abroad = net(xt.cuda(), strength)
            task = F.cross_entropy(digit, ys.cuda())
            confuse = (domain_loss(at_home, 0.0) + domain_loss(abroad, 1.0)) / 2
            opt.zero_grad()
            (task + confuse).backward()
            opt.step()
        print(f"epoch {epoch} digits {task.item():.3f} domains {confuse.item():.3f}")
