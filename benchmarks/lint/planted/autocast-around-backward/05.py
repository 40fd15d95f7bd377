"""Image classifier in half precision, one function an epoch."""
import torch
from torch import nn


def run_epoch(model, loader, optimizer, scaler, device):
    model.train()
    criterion = nn.CrossEntropyLoss()
    total = torch.zeros((), device=device)
    with torch.autocast(device_type=device, dtype=torch.float16):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            scaler.scale(loss).backward()  # PLANTED
            scaler.step(optimizer)
            scaler.update()
            total += loss.detach()
    return total.item() / len(loader)


def main(model, loader, device="cuda"):
    torch.manual_seed(50)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    scaler = torch.amp.GradScaler(device)
    for epoch in range(25):
        print("epoch", epoch, run_epoch(model, loader, optimizer, scaler, device))
