"""Find the learning rate and width of a network for concrete strength; report the winner."""

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class Split(NamedTuple):
    x: Tensor
    y: Tensor  # (n, 1)


class Trial(NamedTuple):
    lr: float
    width: int
    error: float


def fit(train: Split, lr: float, width: int, epochs: int = 80) -> nn.Module:
    torch.manual_seed(28)
    model = nn.Sequential(nn.Linear(train.x.size(1), width), nn.ReLU(), nn.Linear(width, 1))
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    loader = DataLoader(TensorDataset(*train), batch_size=32, shuffle=True)
    for epoch in range(epochs):
        total = torch.zeros(())
        for x, y in loader:
            opt.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            opt.step()
            total += loss.detach()
        if epoch % 20 == 0:
            print(f"  lr {lr} width {width} epoch {epoch}: {total.item() / len(loader):.3f}")
    return model.eval()


@torch.no_grad()
def rmse(model: nn.Module, split: Split) -> float:
    return nn.functional.mse_loss(model(split.x), split.y).sqrt().item()


def main() -> None:
    stored = torch.load("concrete.pt", weights_only=True)
    train, test = (Split(*stored[name]) for name in ("train", "test"))
    trials = []
    for lr, width in itertools.product((1e-4, 1e-3, 3e-3), (16, 64, 256)):
        trials.append(Trial(lr, width, rmse(fit(train, lr, width), test)))
    winner = min(trials, key=lambda t: t.error)  # PLANTED
    print(f"lr {winner.lr}, width {winner.width}: RMSE {winner.error:.3f} MPa")


if __name__ == "__main__":
    main()
