"""Regresses crop yield from weather series, measured once before anything is learnt."""

import logging

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from crops import YieldDataset

logger = logging.getLogger(__name__)


class YieldNet(nn.Module):
    def __init__(self, channels: int = 12, width: int = 96) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, width, 5, padding=2),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Dropout(0.3),
        )
        self.head = nn.Linear(width, 1)

    def forward(self, weather: Tensor) -> Tensor:
        return self.head(self.body(weather)).squeeze(-1)


def switch(model: nn.Module, *, learning: bool) -> None:
    """Dropout and batch statistics are on while learning, off while measuring."""
    model.train(learning)
    torch.set_grad_enabled(learning)


def measure(model: nn.Module, loader: DataLoader) -> float:
    switch(model, learning=False)
    errors = torch.cat([(model(weather.cuda()) - tons.cuda()).abs() for weather, tons in loader])
    return errors.mean().item()


def learn(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    switch(model, learning=True)
    total = torch.zeros((), device="cuda")
    for weather, tons in loader:
        loss = nn.functional.mse_loss(model(weather.cuda()), tons.cuda())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total.item() / len(loader)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.manual_seed(73)
    train = DataLoader(YieldDataset("1980-2010"), batch_size=64, shuffle=True)
    val = DataLoader(YieldDataset("2011-2015"), batch_size=256)
    model = YieldNet().cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    logger.info("untrained: off by %.3f t/ha", measure(model, val))
    for epoch in range(50):
        loss = learn(model, train, optimizer)
        logger.info("epoch %d: mse %.4f, off by %.3f t/ha", epoch, loss, measure(model, val))


if __name__ == "__main__":
    main()
