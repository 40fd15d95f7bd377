"""Step decay for a depth estimator, in a trainer class."""
import torch
from torch.optim.lr_scheduler import StepLR


class DepthTrainer:
    """Fits a depth network; the rate falls tenfold after 15 epochs of training."""

    def __init__(self, net, loader, epochs=40):
        self.net = net.cuda()
        self.loader = loader
        self.epochs = epochs
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-4)
        self.scheduler = StepLR(self.optimizer, step_size=15, gamma=0.1)
        self.loss = torch.nn.SmoothL1Loss()

    def step(self, rgb, depth):
        self.optimizer.zero_grad()
        loss = self.loss(self.net(rgb.cuda()), depth.cuda())
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def run(self):
        torch.manual_seed(3)
        for epoch in range(self.epochs):
            self.net.train()
            total = 0.0
            for rgb, depth in self.loader:
                total = total + self.step(rgb, depth)
                self.scheduler.step()  # PLANTED
            print(f"epoch {epoch + 1}/{self.epochs}: {float(total) / len(self.loader):.4f}")
