"""Super-resolution by a residual network, in the precision that its trainer is told."""

import contextlib
import logging

import torch
from torch import nn, optim
from torch.utils.data import DataLoader

from div2k import EDSR, DIV2K

log = logging.getLogger("sr")


class Trainer:
    def __init__(self, model: nn.Module, lr: float, half: bool):
        self.device = torch.device("cuda")
        self.model = model.to(self.device)
        self.opt = optim.Adam(self.model.parameters(), lr=lr)
        self.criterion = nn.L1Loss()
        self.scaler = torch.amp.GradScaler("cuda", enabled=half)
        self.half = half

    def precision(self):
        if self.half:
            return torch.autocast(self.device.type, dtype=torch.float16)
        return contextlib.nullcontext()

    def step(self, low, high):
        low, high = low.to(self.device), high.to(self.device)
        self.opt.zero_grad()
        with self.precision():
            loss = self.criterion(self.model(low), high)
            self.scaler.scale(loss).backward()  # PLANTED
        self.scaler.unscale_(self.opt)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.scaler.step(self.opt)
        self.scaler.update()
        return loss.detach()

    def fit(self, loader, epochs):
        self.model.train()
        for epoch in range(epochs):
            for i, (low, high) in enumerate(loader):
                loss = self.step(low, high)
                if i % 100 == 0:
                    log.info("epoch %d batch %d l1 %.5f", epoch, i, loss.item())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(8)
    loader = DataLoader(DIV2K("train", scale=4), batch_size=16, shuffle=True, num_workers=6)
    Trainer(EDSR(blocks=16), lr=1e-4, half=True).fit(loader, epochs=100)
