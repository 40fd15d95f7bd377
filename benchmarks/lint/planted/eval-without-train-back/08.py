"""Forecaster under an Ignite engine, with a backtest after each epoch."""
from __future__ import annotations

import torch
from ignite.engine import Engine, Events
from ignite.utils import manual_seed
from torch import Tensor, nn


class Forecaster(nn.Module):
    def __init__(self, d: int = 32) -> None:
        super().__init__()
        self.inp = nn.Linear(1, d)
        self.enc = nn.GRU(d, d, num_layers=2, dropout=0.3, batch_first=True)
        self.out = nn.Linear(d, 1)

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.enc(self.inp(x))
        return self.out(h[:, -1]).squeeze(-1)


def fit(model: Forecaster, train_loader, windows: list[tuple[Tensor, Tensor]]) -> None:
    manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()

    def update(engine: Engine, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, y = batch
        loss = nn.functional.l1_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    trainer = Engine(update)

    @trainer.on(Events.EPOCH_COMPLETED)
    def backtest(engine: Engine) -> None:
        model.train(False)  # PLANTED
        with torch.no_grad():
            errors = torch.stack([(model(x) - y).abs().mean() for x, y in windows])
        print(f"epoch {engine.state.epoch}: mae {errors.mean().item():.4f}")

    trainer.run(train_loader, max_epochs=50)
