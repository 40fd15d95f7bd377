"""A small training engine with callbacks, used here on tabular churn data."""

from typing import Protocol

import torch
from torch import nn
from torch.utils.data import DataLoader

from churn import ChurnTable


class Engine(Protocol):
    model: nn.Module
    loss: torch.Tensor
    step: int


class Callback:
    def after_backward(self, engine: Engine) -> None: ...
    def after_step(self, engine: Engine) -> None: ...


class PrintLoss(Callback):
    def after_backward(self, engine):
        if engine.step % 100 == 0:
            print(f"step {engine.step}: loss {engine.loss.item():.4f}")


class ClipNorm(Callback):
    def __init__(self, limit: float):
        self.limit = limit

    def after_step(self, engine):
        nn.utils.clip_grad_norm_(engine.model.parameters(), self.limit)  # PLANTED


class Learner:
    def __init__(self, model, optimizer, callbacks):
        self.model, self.optimizer, self.callbacks = model, optimizer, callbacks
        self.step = 0

    def notify(self, event):
        for callback in self.callbacks:
            getattr(callback, event)(self)

    def fit(self, loader, epochs):
        self.model.train()
        for _ in range(epochs):
            for rows, churned in loader:
                self.loss = nn.functional.binary_cross_entropy_with_logits(
                    self.model(rows).squeeze(1), churned
                )
                self.loss.backward()
                self.notify("after_backward")
                self.optimizer.step()
                self.notify("after_step")
                self.optimizer.zero_grad()
                self.step += 1


torch.manual_seed(6)
table = ChurnTable("churn.parquet", split="train")
mlp = nn.Sequential(nn.Linear(table.width, 128), nn.SiLU(), nn.Linear(128, 1))
learner = Learner(
    mlp, torch.optim.SGD(mlp.parameters(), lr=0.05, momentum=0.9), [PrintLoss(), ClipNorm(1.0)]
)
learner.fit(DataLoader(table, batch_size=512, shuffle=True), epochs=20)
