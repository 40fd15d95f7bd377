"""Meta-learning inner loop in modern typing."""
from __future__ import annotations

import torch
from torch import Tensor, nn


class Learner(nn.Module):
    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


@torch.inference_mode()
def adapt(learner: Learner, x: Tensor, y: Tensor, steps: int = 5, lr: float = 0.01) -> float:
    opt = torch.optim.SGD(learner.parameters(), lr=lr)
    learner.train()
    for _ in range(steps):
        loss = nn.functional.mse_loss(learner(x), y)
        opt.zero_grad()
        loss.backward()  # PLANTED
        opt.step()
    return loss.item()


def main() -> None:
    torch.manual_seed(99)
    for task in range(100):
        phase, scale = torch.rand(2)
        x = torch.rand(10, 1) * 10 - 5
        print(task, adapt(Learner(), x, scale * torch.sin(x + phase)))


if __name__ == "__main__":
    main()
