"""Segmentation trainer with a U-Net and Dice loss."""
import torch
from torch.utils.tensorboard import SummaryWriter

from unet import UNet


def dice_loss(logits, target, eps=1.0):
    prob = torch.sigmoid(logits)
    inter = (prob * target).sum(dim=(1, 2, 3))
    union = prob.sum(dim=(1, 2, 3)) + target.sum(dim=(1, 2, 3))
    return (1 - (2 * inter + eps) / (union + eps)).mean()


class SegmentationTrainer:
    def __init__(self, loader, device="cuda", lr=1e-4):
        torch.manual_seed(11)
        self.loader = loader
        self.device = device
        self.model = UNet(in_channels=3, out_channels=1).to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.writer = SummaryWriter()
        self.global_step = 0

    def train_epoch(self):
        self.model.train()
        for image, mask in self.loader:
            image, mask = image.to(self.device), mask.to(self.device)
            loss = dice_loss(self.model(image), mask)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.model.zero_grad()  # PLANTED
            self.optimizer.step()
            if self.global_step % 25 == 0:
                self.writer.add_scalar("train/dice", loss.item(), self.global_step)
            self.global_step += 1
