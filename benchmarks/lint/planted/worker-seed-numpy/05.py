"""Point clouds with rotations, as a Lightning data module; typed."""
from __future__ import annotations

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from clouds import PointNet, read


class Clouds(Dataset[tuple[Tensor, int]]):
    def __init__(self, split: str, seed: int = 3) -> None:
        self.points, self.labels = read(split)
        self.rng: np.random.Generator = np.random.Generator(np.random.PCG64(seed))

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        a = self.rng.uniform(0, 2 * np.pi)
        turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
        return torch.from_numpy(self.points[i] @ turn.T).float(), self.labels[i]


class CloudData(L.LightningDataModule):
    def train_dataloader(self) -> DataLoader:
        return DataLoader(Clouds("train"), batch_size=32, shuffle=True, num_workers=4, drop_last=True)  # PLANTED


class CloudNet(L.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.net = PointNet(40)

    def training_step(self, batch: tuple[Tensor, Tensor], i: int) -> Tensor:
        loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


if __name__ == "__main__":
    L.seed_everything(3)
    L.Trainer(max_epochs=20).fit(CloudNet(), datamodule=CloudData())
