"""Calibrate a climate emulator: ridge-like regularisation of every matrix, written into the loss."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


def ridge(model: nn.Module) -> Tensor:
    return torch.stack([w.square().sum() for w in model.parameters() if w.ndim == 2]).sum()


class Emulator(nn.Module):
    def __init__(self, forcings: int, regions: int, hidden: int = 256) -> None:
        super().__init__()
        self.lift = nn.Linear(forcings, hidden)
        self.mix = nn.Linear(hidden, hidden)
        self.drop = nn.Linear(hidden, regions)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.tanh(self.lift(x))
        return self.drop(h + torch.tanh(self.mix(h)))


def objective(model: Emulator, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    fit = nn.functional.mse_loss(model(x), y)
    return fit + 0.5 * ridge(model), fit.detach()  # PLANTED


def main() -> None:
    torch.manual_seed(1850)
    runs = torch.load("cmip.pt", weights_only=True)  # y: temperature anomalies, (n, regions)
    model = Emulator(runs["x"].size(1), runs["y"].size(1))
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(runs["x"], runs["y"]), batch_size=128, shuffle=True)
    for epoch in range(100):
        fits = []
        for x, y in loader:
            adam.zero_grad()
            loss, fit = objective(model, x, y)
            loss.backward()
            adam.step()
            fits.append(fit)
        if epoch % 5 == 0:
            print(f"epoch {epoch}: mse {torch.stack(fits).mean().item():.4f}")


if __name__ == "__main__":
    main()
