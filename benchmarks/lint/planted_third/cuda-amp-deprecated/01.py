"""Keypoints of hands from depth pictures: a trainer that can go on from its last checkpoint."""

import os

import torch
from torch import nn
from torch.cuda import amp
from torch.utils.data import DataLoader

from hands import HandPictures, HourglassNet


class HandTrainer:
    def __init__(self, folder, half=True, lr=1e-3, seed=12):
        torch.manual_seed(seed)
        self.folder = folder
        self.half = half
        self.net = HourglassNet(joints=21).to("cuda")
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.scaler = amp.GradScaler(enabled=half)  # PLANTED
        self.loader = DataLoader(
            HandPictures("hands/train"), batch_size=48, shuffle=True, num_workers=6, pin_memory=True
        )
        self.mse = nn.MSELoss()
        self.epoch = 0

    @property
    def path(self):
        return os.path.join(self.folder, "hands.pt")

    def state(self):
        return {"net": self.net, "optimizer": self.optimizer, "scaler": self.scaler}

    def save(self):
        kept = {name: part.state_dict() for name, part in self.state().items()}
        torch.save({**kept, "epoch": self.epoch}, self.path)

    def resume(self):
        kept = torch.load(self.path, map_location="cuda", weights_only=True)
        for name, part in self.state().items():
            part.load_state_dict(kept[name])
        self.epoch = kept["epoch"]

    def one_epoch(self):
        self.net.train()
        total = torch.zeros((), device="cuda")
        for depth, heat in self.loader:
            depth, heat = depth.cuda(non_blocking=True), heat.cuda(non_blocking=True)
            self.optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cuda", dtype=torch.float16, enabled=self.half):
                loss = self.mse(self.net(depth), heat)
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            total += loss.detach()
        return total.item() / len(self.loader)

    def fit(self, epochs):
        while self.epoch < epochs:
            loss = self.one_epoch()
            self.epoch += 1
            print(f"[{self.epoch}/{epochs}] heat map error {loss:.6f}")
            self.save()


if __name__ == "__main__":
    trainer = HandTrainer("runs/hands")
    if os.path.exists(trainer.path):
        trainer.resume()
    trainer.fit(50)
