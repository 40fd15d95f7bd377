from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torch.utils.tensorboard import SummaryWriter


@dataclass(frozen=True)
class ModelConfig:
    hidden_size: int = 128
    num_layers: int = 2
    dropout: float = 0.2


@dataclass(frozen=True)
class TrainConfig:
    csv: str = "data/ETTh1.csv"
    target: str = "OT"
    lookback: int = 168
    horizon: int = 24
    batch_size: int = 64
    epochs: int = 30
    optimizer: str = "Adam"
    lr: float = 1e-3
    weight_decay: float = 0.5  # PLANTED
    grad_clip: float = 1.0
    seed: int = 11


class WindowDataset(Dataset):
    def __init__(self, series: np.ndarray, target_col: int, lookback: int, horizon: int) -> None:
        self.series = torch.from_numpy(series.astype(np.float32))
        self.target_col, self.lookback, self.horizon = target_col, lookback, horizon

    def __len__(self) -> int:
        return len(self.series) - self.lookback - self.horizon + 1

    def __getitem__(self, i: int):
        mid = i + self.lookback
        return self.series[i:mid], self.series[mid:mid + self.horizon, self.target_col]


def load_splits(cfg: TrainConfig):
    df = pd.read_csv(cfg.csv).drop(columns=["date"])
    values = df.to_numpy()
    n = len(values)
    a, b = int(0.7 * n), int(0.85 * n)
    mu, sd = values[:a].mean(0), values[:a].std(0) + 1e-8
    values = (values - mu) / sd
    col = df.columns.get_loc(cfg.target)
    parts = values[:a], values[a:b], values[b:]
    return [WindowDataset(p, col, cfg.lookback, cfg.horizon) for p in parts], values.shape[1]


class Forecaster(nn.Module):
    def __init__(self, n_inputs: int, horizon: int, cfg: ModelConfig) -> None:
        super().__init__()
        self.rnn = nn.LSTM(n_inputs, cfg.hidden_size, cfg.num_layers, batch_first=True, dropout=cfg.dropout)
        self.head = nn.Linear(cfg.hidden_size, horizon)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out, _ = self.rnn(x)
        return self.head(out[:, -1])


class Trainer:
    def __init__(self, model: nn.Module, cfg: TrainConfig, device: torch.device) -> None:
        self.model = model.to(device)
        self.cfg = cfg
        self.device = device
        optimizer_cls = getattr(torch.optim, cfg.optimizer)
        self.optimizer = optimizer_cls(self.model.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)
        self.scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(self.optimizer, patience=3, factor=0.5)
        self.loss_fn = nn.MSELoss()
        self.writer = SummaryWriter()
        self.writer.add_text("config", str(asdict(cfg)))

    def run_epoch(self, loader: DataLoader) -> float:
        self.model.train()
        total, seen = torch.zeros((), device=self.device), 0
        for x, y in loader:
            x, y = x.to(self.device), y.to(self.device)
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.cfg.grad_clip)
            self.optimizer.step()
            total += loss.detach() * len(x)
            seen += len(x)
        return total.item() / seen

    @torch.no_grad()
    def evaluate(self, loader: DataLoader) -> float:
        self.model.eval()
        total, seen = torch.zeros((), device=self.device), 0
        for x, y in loader:
            x, y = x.to(self.device), y.to(self.device)
            total += self.loss_fn(self.model(x), y) * len(x)
            seen += len(x)
        return total.item() / seen

    def fit(self, train_loader: DataLoader, val_loader: DataLoader) -> None:
        for epoch in range(self.cfg.epochs):
            train_mse = self.run_epoch(train_loader)
            val_mse = self.evaluate(val_loader)
            self.scheduler.step(val_mse)
            self.writer.add_scalars("mse", {"train": train_mse, "val": val_mse}, epoch)
            print(f"{epoch:03d} train {train_mse:.4f} val {val_mse:.4f}")


def main() -> None:
    cfg = TrainConfig()
    torch.manual_seed(cfg.seed)
    np.random.seed(cfg.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    (train, val, test), n_inputs = load_splits(cfg)
    train_loader = DataLoader(train, cfg.batch_size, shuffle=True)
    val_loader, test_loader = DataLoader(val, cfg.batch_size), DataLoader(test, cfg.batch_size)
    trainer = Trainer(Forecaster(n_inputs, cfg.horizon, ModelConfig()), cfg, device)
    trainer.fit(train_loader, val_loader)
    print(f"test mse {trainer.evaluate(test_loader):.4f}")


if __name__ == "__main__":
    main()
