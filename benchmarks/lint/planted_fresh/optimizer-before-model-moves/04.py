"""Anomaly detection on vibration windows with an autoencoder, all objects built from one config."""

from dataclasses import dataclass, field

import torch
from torch import nn
from torch.utils.data import DataLoader


@dataclass(frozen=True)
class Config:
    window: int = 512
    bottleneck: int = 16
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.98)
    epochs: int = 50
    seed: int = 123
    device: str = field(default_factory=lambda: "cuda" if torch.cuda.is_available() else "cpu")


def build(cfg: Config):
    model = nn.Sequential(
        nn.Linear(cfg.window, 128), nn.Tanh(), nn.Linear(128, cfg.bottleneck),
        nn.Linear(cfg.bottleneck, 128), nn.Tanh(), nn.Linear(128, cfg.window),
    )
    optimizer = torch.optim.NAdam(model.parameters(), lr=cfg.lr, betas=cfg.betas)  # PLANTED
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.97)
    return model, optimizer, schedule


def main(cfg: Config = Config()):
    torch.manual_seed(cfg.seed)
    model, optimizer, schedule = build(cfg)
    model = model.to(cfg.device)
    windows = torch.load("vibration_windows.pt", weights_only=True)
    loader = DataLoader(windows, batch_size=256, shuffle=True)

    for epoch in range(cfg.epochs):
        errors = []
        for w in loader:
            w = w.to(cfg.device)
            loss = nn.functional.mse_loss(model(w), w)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            errors.append(loss.detach())
        schedule.step()
        print(f"{epoch:3d} {torch.stack(errors).mean().item():.5f}")


if __name__ == "__main__":
    main()
