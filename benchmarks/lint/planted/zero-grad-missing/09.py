"""Autoencoder for anomaly scores on sensor windows."""
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass(frozen=True)
class Config:
    window: int = 64
    code: int = 8
    lr: float = 1e-3
    epochs: int = 40
    batch: int = 256
    seed: int = 7


class AutoEncoder(nn.Module):
    def __init__(self, cfg: Config) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(cfg.window, 32), nn.GELU(), nn.Linear(32, cfg.code))
        self.decoder = nn.Sequential(nn.Linear(cfg.code, 32), nn.GELU(), nn.Linear(32, cfg.window))

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))


def backprop(loss: Tensor, opt: torch.optim.Optimizer) -> None:
    loss.backward()  # PLANTED
    opt.step()


def fit(windows: Tensor, cfg: Config = Config()) -> AutoEncoder:
    torch.manual_seed(cfg.seed)
    net = AutoEncoder(cfg)
    opt = torch.optim.RMSprop(net.parameters(), lr=cfg.lr)
    loader = DataLoader(TensorDataset(windows), batch_size=cfg.batch, shuffle=True)
    for epoch in range(cfg.epochs):
        seen = torch.zeros(())
        for (x,) in loader:
            loss = nn.functional.smooth_l1_loss(net(x), x)
            backprop(loss, opt)
            seen += loss.detach()
        print(f"epoch {epoch}: reconstruction {(seen / len(loader)).item():.5f}")
    return net
