"""Multi-label chest X-ray classifier with class weights."""
import torch
import torchvision
from torch import nn


class ChestNet(nn.Module):
    def __init__(self, n_labels=14):
        super().__init__()
        self.backbone = torchvision.models.densenet121(weights="IMAGENET1K_V1")
        self.backbone.classifier = nn.Linear(1024, n_labels)

    def forward(self, x):
        return torch.sigmoid(self.backbone(x))  # PLANTED


class Trainer:
    def __init__(self, loader, pos_weight, device="cuda"):
        torch.manual_seed(14)
        self.loader, self.device = loader, device
        self.model = ChestNet().to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-4)
        self.criterion = nn.BCEWithLogitsLoss(pos_weight=pos_weight.to(device))

    def train(self, epochs):
        for epoch in range(epochs):
            self.model.train()
            total = torch.zeros((), device=self.device)
            for image, labels in self.loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(image.to(self.device)), labels.to(self.device))
                loss.backward()
                self.optimizer.step()
                total += loss.detach()
            print(f"Epoch {epoch}: {total.item() / len(self.loader):.4f}")
