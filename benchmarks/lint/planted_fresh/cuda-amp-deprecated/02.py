"""Typed trainer for multi-label tagging of music, in float16 where the device allows."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.cuda import amp
from torch.utils.data import DataLoader

from tagging import MagnaTagATune, ShortChunkCNN

TAGS: Final = 50


class TagTrainer:
    def __init__(self, net: nn.Module, lr: float = 1e-4, use_half: bool = True) -> None:
        self.device = torch.device("cuda")
        self.net = net.to(self.device)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.criterion = nn.BCEWithLogitsLoss()
        self.use_half = use_half
        self.scaler = amp.GradScaler(init_scale=2.0**12, enabled=use_half)  # PLANTED

    def loss(self, audio: Tensor, tags: Tensor) -> Tensor:
        with torch.autocast(self.device.type, dtype=torch.float16, enabled=self.use_half):
            return self.criterion(self.net(audio.to(self.device)), tags.to(self.device))

    def epoch(self, loader: DataLoader[tuple[Tensor, Tensor]]) -> float:
        self.net.train()
        mean = torch.zeros((), device=self.device)
        for audio, tags in loader:
            self.opt.zero_grad(set_to_none=True)
            loss = self.loss(audio, tags)
            self.scaler.scale(loss).backward()
            self.scaler.step(self.opt)
            self.scaler.update()
            mean += loss.detach() / len(loader)
        return mean.item()


def main() -> None:
    torch.manual_seed(29)
    loader = DataLoader(MagnaTagATune("train"), batch_size=32, shuffle=True, num_workers=4)
    trainer = TagTrainer(ShortChunkCNN(TAGS))
    for epoch in range(80):
        print(f"epoch {epoch} bce {trainer.epoch(loader):.4f}")


if __name__ == "__main__":
    main()
