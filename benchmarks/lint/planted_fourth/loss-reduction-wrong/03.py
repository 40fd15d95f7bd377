from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
log = logging.getLogger("forecast")


@dataclass
class ForecastConfig:
    csv: str = "load.csv"
    history: int = 168
    horizon: int = 24
    hidden: int = 96
    batch_size: int = 256
    epochs: int = 25
    lr: float = 1e-3
    max_grad_norm: float = 5.0
    seed: int = 7
    device: str = "cuda" if torch.cuda.is_available() else "cpu"
    criterion: nn.Module = field(default_factory=lambda: nn.SmoothL1Loss(reduction="sum"))  # PLANTED


class WindowDataset(Dataset):
    def __init__(self, series: np.ndarray, history: int, horizon: int):
        self.series = torch.as_tensor(series, dtype=torch.float32)
        self.history, self.horizon = history, horizon

    def __len__(self) -> int:
        return len(self.series) - self.history - self.horizon + 1

    def __getitem__(self, i: int):
        mid = i + self.history
        return self.series[i:mid].unsqueeze(-1), self.series[mid:mid + self.horizon]


class GRUForecaster(nn.Module):
    def __init__(self, hidden: int, horizon: int):
        super().__init__()
        self.rnn = nn.GRU(1, hidden, num_layers=2, batch_first=True, dropout=0.1)
        self.out = nn.Linear(hidden, horizon)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, h = self.rnn(x)
        return self.out(h[-1])


class Trainer:
    def __init__(self, cfg: ForecastConfig, model: nn.Module):
        self.cfg = cfg
        self.model = model.to(cfg.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=cfg.lr)
        self.step_count = 0

    def training_step(self, batch) -> torch.Tensor:
        x, y = (t.to(self.cfg.device, non_blocking=True) for t in batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.cfg.criterion(self.model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.cfg.max_grad_norm)
        self.optimizer.step()
        self.step_count += 1
        return loss.detach()

    @torch.no_grad()
    def evaluate(self, loader: DataLoader) -> float:
        self.model.eval()
        abs_err, n = 0.0, 0
        for x, y in loader:
            y = y.to(self.cfg.device)
            pred = self.model(x.to(self.cfg.device))
            abs_err += (pred - y).abs().sum().item()
            n += y.numel()
        return abs_err / n

    def fit(self, train: DataLoader, val: DataLoader) -> None:
        best = float("inf")
        for epoch in range(self.cfg.epochs):
            self.model.train()
            for batch in train:
                loss = self.training_step(batch)
                if self.step_count % 50 == 0:
                    log.info("step %d loss %.4f", self.step_count, loss.item())
            mae = self.evaluate(val)
            log.info("epoch %d val MAE %.4f", epoch, mae)
            if mae < best:
                best = mae
                torch.save(self.model.state_dict(), "forecaster.pt")


def load_series(path: str) -> tuple[np.ndarray, np.ndarray]:
    values = np.loadtxt(path, delimiter=",", skiprows=1, usecols=1)
    cut = int(0.8 * len(values))
    train, val = values[:cut], values[cut:]
    mu, sigma = train.mean(), train.std()
    return (train - mu) / sigma, (val - mu) / sigma


def main() -> None:
    cfg = ForecastConfig()
    torch.manual_seed(cfg.seed)
    train, val = load_series(cfg.csv)
    train_dl = DataLoader(WindowDataset(train, cfg.history, cfg.horizon), cfg.batch_size, shuffle=True)
    val_dl = DataLoader(WindowDataset(val, cfg.history, cfg.horizon), cfg.batch_size)
    Trainer(cfg, GRUForecaster(cfg.hidden, cfg.horizon)).fit(train_dl, val_dl)


if __name__ == "__main__":
    main()
