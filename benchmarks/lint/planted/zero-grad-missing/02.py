"""A Trainer that fits tabular regressors and keeps its history."""
import logging

import torch
from torch import nn, optim

log = logging.getLogger(__name__)


class Trainer:
    def __init__(self, model: nn.Module, lr: float = 1e-3) -> None:
        self.model = model
        self.optimizer = optim.Adam(self.model.parameters(), lr=lr)
        self.loss_fn = nn.MSELoss()
        self.history: list[float] = []

    def _train_step(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        self.model.train()
        pred = self.model(x).squeeze(-1)
        loss = self.loss_fn(pred, y)
        loss.backward()  # PLANTED
        self.optimizer.step()
        return loss.detach()

    def fit(self, loader, epochs: int) -> list[float]:
        for epoch in range(epochs):
            losses = [self._train_step(x, y) for x, y in loader]
            mean = torch.stack(losses).mean().item()
            self.history.append(mean)
            log.info("epoch %d mse %.5f", epoch, mean)
        return self.history


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(17)
    features = torch.randn(4096, 12)
    target = features @ torch.randn(12)
    data = torch.utils.data.TensorDataset(features, target)
    batches = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True)
    Trainer(nn.Sequential(nn.Linear(12, 64), nn.Tanh(), nn.Linear(64, 1))).fit(batches, 20)
