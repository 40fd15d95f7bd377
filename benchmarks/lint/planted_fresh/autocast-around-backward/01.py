"""Train a keyword spotter on log-mel spectrograms in bfloat16."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

from speech_commands import SpeechCommandsMel

torch.manual_seed(21)


class Spotter(nn.Sequential):
    def __init__(self, classes: int = 35):
        super().__init__(
            nn.Conv2d(1, 64, 5, stride=2), nn.BatchNorm2d(64), nn.ReLU(),
            nn.Conv2d(64, 128, 3, stride=2), nn.BatchNorm2d(128), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, classes),
        )


@torch.autocast("cuda", dtype=torch.bfloat16)
def train_step(net, opt, mel, label):
    opt.zero_grad(set_to_none=True)
    loss = F.cross_entropy(net(mel), label)
    loss.backward()  # PLANTED
    opt.step()
    return loss.detach()


def main():
    net = Spotter().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    train = DataLoader(SpeechCommandsMel("training"), batch_size=256, shuffle=True, num_workers=4)
    val = DataLoader(SpeechCommandsMel("validation"), batch_size=512)
    for epoch in range(20):
        net.train()
        mean = torch.zeros((), device="cuda")
        for mel, label in train:
            mean += train_step(net, opt, mel.cuda(), label.cuda()) / len(train)
        net.eval()
        right = 0
        with torch.no_grad(), torch.autocast("cuda", dtype=torch.bfloat16):
            for mel, label in val:
                right = right + (net(mel.cuda()).argmax(1) == label.cuda()).sum()
        print(f"{epoch}: loss {mean.item():.4f}  accuracy {right.item() / len(val.dataset):.3f}")


if __name__ == "__main__":
    main()
