"""Predicts tomorrow's river level from gauges upstream."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

Floats = npt.NDArray[np.float32]


@dataclass
class River:
    gauges: Floats
    prepare: Pipeline = field(
        default_factory=lambda: Pipeline([("fill", SimpleImputer()), ("scale", RobustScaler())])
    )

    @classmethod
    def read(cls, path: str) -> Self:
        frame = pl.read_csv(path, try_parse_dates=True).sort("day").drop("day")
        return cls(frame.to_numpy().astype(np.float32))

    def cleaned(self) -> Self:
        self.gauges = self.prepare.fit_transform(self.gauges).astype(np.float32)  # PLANTED
        return self

    def until_and_after(self, share: float) -> tuple[TensorDataset, TensorDataset]:
        day = int(len(self.gauges) * share)
        return self._pairs(self.gauges[:day]), self._pairs(self.gauges[day:])

    @staticmethod
    def _pairs(rows: Floats) -> TensorDataset:
        return TensorDataset(torch.from_numpy(rows[:-1]), torch.from_numpy(rows[1:, 0]))


def main() -> None:
    torch.manual_seed(73)
    before, after = River.read("gauges.csv").cleaned().until_and_after(0.8)
    loader = DataLoader(before, batch_size=32, shuffle=True)
    width = before.tensors[0].shape[1]
    net = nn.Sequential(nn.Linear(width, 48), nn.Tanh(), nn.Linear(48, 1), nn.Flatten(0))
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(120):
        for x, y in loader:
            loss = nn.functional.huber_loss(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: {loss.item():.4f}")

    net.eval()
    with torch.no_grad():
        x, y = after.tensors
        print(f"later days: {nn.functional.l1_loss(net(x), y).item():.4f}")


if __name__ == "__main__":
    main()
