"""Pose estimation from depth images; a helper hides the precision from the loop."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.utils.data import DataLoader

from hands import DepthHands, JointRegressor


@dataclass
class HalfPrecision:
    optimizer: Optimizer
    enabled: bool = True
    scaler: torch.amp.GradScaler = field(init=False)

    def __post_init__(self) -> None:
        self.scaler = torch.amp.GradScaler("cuda", enabled=self.enabled)

    def __enter__(self) -> HalfPrecision:
        self._cast = torch.autocast("cuda", dtype=torch.float16, enabled=self.enabled)
        self._cast.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._cast.__exit__(*exception)

    def descend(self, loss: Tensor) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)  # PLANTED


def main() -> None:
    torch.manual_seed(21)
    net = JointRegressor(joints=21).cuda().train()
    half = HalfPrecision(Adam(net.parameters(), lr=1e-3))
    loader = DataLoader(DepthHands("nyu/train"), batch_size=128, shuffle=True, num_workers=4)
    huber = nn.HuberLoss()
    for epoch in range(40):
        for i, (depth, joints) in enumerate(loader):
            with half:
                loss = huber(net(depth.cuda()), joints.cuda())
            half.descend(loss)
            if i % 100 == 0:
                print(f"epoch {epoch} batch {i} huber {loss.item():.5f}")


if __name__ == "__main__":
    main()
