"""Train a keypoint network for hands; the rate falls whenever progress ends."""
import torch
from torch import nn
from torch.utils.data import DataLoader

from hands import FreiHand, HandNet


class HandTraining:
    def __init__(self, root, lr=1e-3, device="cuda"):
        self.device = device
        self.train_set = DataLoader(FreiHand(root, "train"), 64, shuffle=True, num_workers=8)
        self.test_set = DataLoader(FreiHand(root, "test"), 128, num_workers=8)
        self.net = HandNet(joints=21).to(device)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.decay = torch.optim.lr_scheduler.ReduceLROnPlateau(self.opt, factor=0.5, patience=4)

    def distance(self, image, joints):
        off = self.net(image.to(self.device)) - joints.to(self.device)
        return off.square().sum(-1).sqrt().mean()

    def one_epoch(self):
        self.net.train()
        for image, joints in self.train_set:
            self.opt.zero_grad()
            loss = nn.functional.mse_loss(self.net(image.to(self.device)), joints.to(self.device))
            loss.backward()
            self.opt.step()
        return loss.detach()

    @torch.inference_mode()
    def measure(self):
        self.net.eval()
        return torch.stack([self.distance(*b) for b in self.test_set]).mean().item()

    def run(self, epochs):
        for epoch in range(epochs):
            loss = self.one_epoch()
            pixels = self.measure()
            self.decay.step(pixels)  # PLANTED
            print(f"epoch {epoch} loss {loss.item():.4f} off by {pixels:.2f} px")


if __name__ == "__main__":
    torch.manual_seed(10)
    HandTraining("freihand").run(100)
