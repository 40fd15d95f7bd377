"""Train a WideResNet on SVHN; the epoch is a function that is handed all it needs."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import SVHN
from torchvision.models import wide_resnet50_2

EPOCHS = 60


def train_epoch(model, loader, optimizer, scheduler, device):
    model.train()
    total = torch.zeros((), device=device)
    for images, digits in loader:
        images, digits = images.to(device), digits.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), digits)
        loss.backward()
        optimizer.step()
        scheduler.step()  # PLANTED
        total += loss.detach()
    return total.item() / len(loader)


def main():
    torch.manual_seed(32)
    device = torch.device("cuda")
    tf = T.Compose([T.RandomCrop(32, padding=4), T.ToTensor(), T.Normalize([0.45] * 3, [0.2] * 3)])
    data = SVHN("svhn", split="train", transform=tf, download=True)
    loader = DataLoader(data, batch_size=256, shuffle=True, num_workers=4)
    model = wide_resnet50_2(num_classes=10).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for epoch in range(EPOCHS):
        loss = train_epoch(model, loader, optimizer, scheduler, device)
        print(f"epoch {epoch + 1}/{EPOCHS}: {loss:.4f}, lr {scheduler.get_last_lr()[0]:.4f}")


if __name__ == "__main__":
    main()
