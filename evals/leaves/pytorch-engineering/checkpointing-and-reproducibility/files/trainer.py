"""A small trainer whose runs are killed at any step."""

import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Noisy(Dataset):
    """Points with fresh noise, and now and then a mirrored one."""

    def __init__(self, items: int) -> None:
        points = np.random.RandomState(0).randn(items, 6).astype(np.float32)
        self.points, self.labels = points, (points[:, 0] * points[:, 1] > 0).astype(np.int64)

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, place: int) -> tuple[np.ndarray, int]:
        noise = np.random.normal(0, 0.1, 6).astype(np.float32)
        sign = -1 if random.random() < 0.5 else 1
        return sign * self.points[place] + noise, int(self.labels[place])


class Trainer:
    """Trains step by step, over as many epochs as it is asked for."""

    def __init__(self, seed: int, items: int = 52, batch_size: int = 8) -> None:
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        self.model = nn.Sequential(
            nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 2)
        )
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.02)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: min(1, (step + 1) / 5) * 0.97**step
        )
        self.loader = DataLoader(Noisy(items), batch_size, shuffle=True)
        self.batches = iter(self.loader)
        self.steps, self.losses = 0, []
        self.best_loss, self.best_weights = float("inf"), None

    def step(self) -> float:
        """One step on the next batch; returns its loss."""
        try:
            x, y = next(self.batches)
        except StopIteration:
            self.batches = iter(self.loader)
            x, y = next(self.batches)
        loss = nn.functional.cross_entropy(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        self.steps += 1
        self.losses.append(loss.item())
        if loss.item() < self.best_loss:
            self.best_loss = loss.item()
            self.best_weights = {k: v.clone() for k, v in self.model.state_dict().items()}
        return loss.item()
