"""Segment roads with a trainer that shows a smoothed loss in its progress bar."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from tqdm import tqdm

from roads import AerialRoads, LinkNet


class RoadTrainer:
    def __init__(self, net, lr, beta=0.98):
        self.net = net.cuda()
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.beta = beta
        self.smooth = torch.zeros((), device="cuda")
        self.step = 0

    def dice(self, logits, road):
        p = torch.sigmoid(logits)
        both = (p * road).sum((1, 2, 3))
        return 1 - ((2 * both + 1) / (p.sum((1, 2, 3)) + road.sum((1, 2, 3)) + 1)).mean()

    def train_batch(self, photo, road):
        logits = self.net(photo)
        loss = F.binary_cross_entropy_with_logits(logits, road) + self.dice(logits, road)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.step += 1
        self.smooth = self.beta * self.smooth + (1 - self.beta) * loss  # PLANTED

    def run(self, loader, epochs):
        self.net.train()
        for epoch in range(epochs):
            bar = tqdm(loader, desc=f"epoch {epoch}")
            for photo, road in bar:
                self.train_batch(photo.cuda(), road.cuda())
                if self.step % 25 == 0:
                    debiased = self.smooth.item() / (1 - self.beta**self.step)
                    bar.set_postfix(loss=f"{debiased:.4f}")


torch.manual_seed(6226)
roads = DataLoader(AerialRoads("deepglobe"), batch_size=8, shuffle=True, num_workers=4)
RoadTrainer(LinkNet(), lr=2e-4).run(roads, epochs=60)
