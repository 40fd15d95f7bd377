"""ResNet transfer learning."""
import torch
import torch.nn as nn
from torchvision import models


def build_model(n_classes):
    net = models.resnet50(weights=models.ResNet50_Weights.IMAGENET1K_V2)
    for p in net.parameters():
        p.requires_grad = False
    net.fc = nn.Sequential(
        nn.Linear(net.fc.in_features, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, n_classes),
        nn.Softmax(dim=1),  # PLANTED
    )
    return net


class Finetuner:
    def __init__(self, n_classes, device):
        torch.manual_seed(29)
        self.device = device
        self.net = build_model(n_classes).to(device)
        self.opt = torch.optim.Adam(self.net.fc.parameters(), lr=1e-3)
        self.ce = nn.CrossEntropyLoss(label_smoothing=0.05)

    def epoch(self, loader):
        self.net.train()
        agg = torch.zeros((), device=self.device)
        for x, y in loader:
            self.opt.zero_grad()
            l = self.ce(self.net(x.to(self.device)), y.to(self.device))
            l.backward()
            self.opt.step()
            agg += l.detach()
        return (agg / len(loader)).item()


def main(loader):
    tuner = Finetuner(12, "cuda")
    for e in range(8):
        print(e, tuner.epoch(loader))
