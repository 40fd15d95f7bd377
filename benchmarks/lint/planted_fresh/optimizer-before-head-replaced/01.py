"""Transfer a pretrained MobileNet to whichever labels a folder of pictures holds."""

import torch
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision import models
from torchvision.datasets import ImageFolder


class Transfer:
    def __init__(self, lr: float = 1e-3, device: str = "cuda") -> None:
        weights = models.MobileNet_V3_Small_Weights.DEFAULT
        self.transform = weights.transforms()
        self.device = device
        self.net = models.mobilenet_v3_small(weights=weights).to(device)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)  # PLANTED
        self.loss = nn.CrossEntropyLoss(label_smoothing=0.1)

    def adapt(self, classes: list[str]) -> "Transfer":
        last = self.net.classifier[-1]
        self.net.classifier[-1] = nn.Linear(last.in_features, len(classes)).to(self.device)
        self.classes = classes
        return self

    def fit(self, train: DataLoader, val: DataLoader, epochs: int) -> None:
        for epoch in range(epochs):
            self.net.train()
            for x, y in train:
                x, y = x.to(self.device), y.to(self.device)
                self.opt.zero_grad(set_to_none=True)
                self.loss(self.net(x), y).backward()
                self.opt.step()
            print(f"{epoch}: accuracy {self.accuracy(val):.3f}")

    @torch.no_grad()
    def accuracy(self, loader: DataLoader) -> float:
        self.net.eval()
        hits = torch.zeros((), device=self.device)
        for x, y in loader:
            hits += (self.net(x.to(self.device)).argmax(1) == y.to(self.device)).sum()
        return hits.item() / len(loader.dataset)


if __name__ == "__main__":
    torch.manual_seed(5)
    job = Transfer()
    folder = ImageFolder("leaves", transform=job.transform)
    train, val = random_split(folder, [0.85, 0.15])
    job.adapt(folder.classes).fit(
        DataLoader(train, 32, shuffle=True, num_workers=4), DataLoader(val, 64), epochs=15
    )
