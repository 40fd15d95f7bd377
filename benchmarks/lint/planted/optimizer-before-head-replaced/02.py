"""Fine-tuner with a method that changes the number of classes."""
import torch
import torch.nn.functional as F
import torchvision
from torch import nn


class FineTuner:
    def __init__(self, device="cuda"):
        torch.manual_seed(5)
        self.device = device
        self.net = torchvision.models.efficientnet_b0(weights="DEFAULT").to(device)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-4)  # PLANTED

    def set_classes(self, n):
        width = self.net.classifier[1].in_features
        self.net.classifier[1] = nn.Linear(width, n).to(self.device)

    def fit(self, loader, n_classes, epochs=5):
        self.set_classes(n_classes)
        for epoch in range(epochs):
            self.net.train()
            for x, y in loader:
                self.opt.zero_grad()
                loss = F.cross_entropy(self.net(x.to(self.device)), y.to(self.device))
                loss.backward()
                self.opt.step()
            print(f"{epoch} {loss.item():.3f}")
