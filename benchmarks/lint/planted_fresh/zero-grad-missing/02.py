"""Predict boiling points with a small network; an epoch prepares itself before its batches."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Session:
    net: nn.Module
    opt: torch.optim.Optimizer
    loader: DataLoader
    epoch: int = 0

    def begin(self) -> None:
        self.epoch += 1
        self.net.train()
        self.opt.zero_grad()
        self.total = torch.zeros(())

    def batch(self, x: torch.Tensor, y: torch.Tensor) -> None:
        loss = nn.functional.mse_loss(self.net(x), y)
        loss.backward()  # PLANTED
        self.opt.step()
        self.total += loss.detach()

    def end(self) -> None:
        print(f"epoch {self.epoch} mse {self.total.item() / len(self.loader):.3f}")

    def run(self, epochs: int) -> None:
        for _ in range(epochs):
            self.begin()
            for x, y in self.loader:
                self.batch(x, y)
            self.end()


def main() -> None:
    torch.manual_seed(100)
    x, kelvin = torch.load("boiling.pt", weights_only=True)
    y = ((kelvin - 400.0) / 80.0).reshape(-1, 1)
    net = nn.Sequential(nn.Linear(x.size(1), 64), nn.Softplus(), nn.Linear(64, 1))
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    Session(net, opt, DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)).run(150)


if __name__ == "__main__":
    main()
