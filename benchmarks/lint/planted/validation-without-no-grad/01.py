"""Garbage sorting: train and validate."""
import torch
import torch.nn as nn
from torchvision.models import resnet18

from garbage import train_loader, val_loader

torch.manual_seed(0)
model = resnet18(num_classes=6).cuda()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)

for epoch in range(10):
    model.train()
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images.cuda()), labels.cuda())
        loss.backward()
        optimizer.step()

    model.eval()
    correct = torch.zeros((), device="cuda")
    for images, labels in val_loader:  # PLANTED
        outputs = model(images.cuda())
        correct += (outputs.argmax(1) == labels.cuda()).sum()
    print(f"Epoch {epoch}: acc {correct.item() / len(val_loader.dataset):.4f}")
