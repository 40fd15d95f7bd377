"""In-house forecasting trainer: dilated convolutions over load curves."""
from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

logger = logging.getLogger("loadcast")


@dataclass
class TrainerConfig:
    data: Path = Path("load.npy")
    out_dir: Path = Path("runs/tcn")
    context: int = 168
    horizon: int = 24
    epochs: int = 40
    batch_size: int = 256
    lr: float = 1e-3
    clip: float = 1.0
    seed: int = 13


class WindowedSeries(Dataset):
    def __init__(self, series: np.ndarray, context: int, horizon: int) -> None:
        self.series = torch.from_numpy(series.astype(np.float32))
        self.context, self.horizon = context, horizon

    def __len__(self) -> int:
        return len(self.series) - self.context - self.horizon + 1

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        mid = i + self.context
        return self.series[i:mid], self.series[mid:mid + self.horizon]


class CausalBlock(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.pad = nn.ConstantPad1d((2 * dilation, 0), 0.0)
        self.conv = nn.Conv1d(channels, channels, 3, dilation=dilation)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.drop(torch.relu(self.conv(self.pad(x))))


class TCN(nn.Module):
    def __init__(self, horizon: int, channels: int = 64, depth: int = 6) -> None:
        super().__init__()
        self.inp = nn.Conv1d(1, channels, 1)
        self.blocks = nn.Sequential(*[CausalBlock(channels, 2 ** d) for d in range(depth)])
        self.head = nn.Linear(channels, horizon)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.blocks(self.inp(x.unsqueeze(1)))[..., -1])


class Trainer:
    def __init__(self, model: nn.Module, config: TrainerConfig) -> None:
        self.config = config
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=config.lr)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, config.epochs)
        self.criterion = nn.HuberLoss()
        config.out_dir.mkdir(parents=True, exist_ok=True)
        logger.info("device %s, config %s", self.device, asdict(config))
        logger.info("%d parameters", sum(p.numel() for p in self.model.parameters()))

    def _step(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        loss = self.criterion(self.model(x), y)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.optimizer.step()
        return loss.detach()

    def _save(self, epoch: int) -> None:
        torch.save({"epoch": epoch, "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                    "scheduler": self.scheduler.state_dict()}, self.config.out_dir / "last.pt")

    def fit(self, loader: DataLoader) -> None:
        for epoch in range(self.config.epochs):  # PLANTED
            self.model.train()
            for x, y in loader:
                self._step(x.to(self.device), y.to(self.device))
            self.scheduler.step()
            self._save(epoch)

    @torch.no_grad()
    def mae(self, loader: DataLoader) -> float:
        self.model.eval()
        err, n = torch.zeros((), device=self.device), 0
        for x, y in loader:
            err += (self.model(x.to(self.device)) - y.to(self.device)).abs().sum()
            n += y.numel()
        return err.item() / n


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    cfg = TrainerConfig()
    np.random.seed(cfg.seed)
    torch.manual_seed(cfg.seed)
    series = np.load(cfg.data)
    cut = int(0.8 * len(series))
    mean, std = series[:cut].mean(), series[:cut].std()
    parts = [WindowedSeries((s - mean) / std, cfg.context, cfg.horizon) for s in (series[:cut], series[cut:])]
    trainer = Trainer(TCN(cfg.horizon), cfg)
    trainer.fit(DataLoader(parts[0], cfg.batch_size, shuffle=True))
    logger.info("test MAE %.3f", trainer.mae(DataLoader(parts[1], cfg.batch_size)) * std)


if __name__ == "__main__":
    main()
