"""Age estimation from face crops."""
import csv
import os

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset
from torchvision import models, transforms
from torchvision.io import ImageReadMode, read_image

MEAN_AGE, STD_AGE = 33.2, 19.8


class FaceAges(Dataset):
    def __init__(self, folder, index_csv, transform):
        self.folder, self.transform = folder, transform
        with open(index_csv, newline="") as f:
            rows = list(csv.DictReader(f))
        self.names = [r["file"] for r in rows]
        ages = torch.tensor([float(r["age"]) for r in rows])
        self.targets = (ages - MEAN_AGE) / STD_AGE

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        img = read_image(os.path.join(self.folder, self.names[i]), ImageReadMode.RGB)
        return self.transform(img), self.targets[i:i + 1]


def build_model():
    net = models.resnet34(weights=models.ResNet34_Weights.IMAGENET1K_V1)
    net.fc = nn.Linear(net.fc.in_features, 1)
    return net


def train_epoch(net, loader, criterion, optimizer, device):
    net.train()
    total = torch.zeros((), device=device)
    for images, ages in loader:
        images, ages = images.to(device, non_blocking=True), ages.to(device, non_blocking=True)
        optimizer.zero_grad()
        loss = criterion(net(images), ages)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total.item() / len(loader)


@torch.no_grad()
def mean_abs_error(net, loader, device):
    net.eval()
    err = 0.0
    for images, ages in loader:
        err += (net(images.to(device)) - ages.to(device)).abs().sum().item()
    return STD_AGE * err / len(loader.dataset)


def main():
    torch.manual_seed(64)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    to_float = transforms.ConvertImageDtype(torch.float32)
    norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    train_tf = transforms.Compose([transforms.RandomResizedCrop(200, scale=(0.8, 1.0), antialias=True),
                                   transforms.RandomHorizontalFlip(), to_float, norm])
    val_tf = transforms.Compose([transforms.Resize((200, 200), antialias=True), to_float, norm])
    train = DataLoader(FaceAges("utkface", "utkface_train.csv", train_tf), batch_size=64, shuffle=True,
                       num_workers=6, pin_memory=True, drop_last=True)
    val = DataLoader(FaceAges("utkface", "utkface_val.csv", val_tf), batch_size=128, num_workers=6)

    net = build_model().to(device)
    criterion = nn.L1Loss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

    best = float("inf")
    for epoch in range(20):
        loss = train_epoch(net, train, criterion, optimizer, device)
        scheduler.step()
        mae = mean_abs_error(net, val, device)
        print(f"epoch {epoch:02d} loss {loss:.4f} val MAE {mae:.2f} years")
        if mae < best:
            best = mae
            torch.save(net.state_dict(), "age_best.pt")


if __name__ == "__main__":
    main()
