"""Flowers: train and validate a ResNet-34."""
import torch
import torch.nn as nn
import torchvision

from flowers import train_dl, valid_dl

torch.manual_seed(0)
model = torchvision.models.resnet34(num_classes=102).cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(30):
    model.train()
    for x, y in train_dl:
        optimizer.zero_grad()
        loss = criterion(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()

    val_loss = torch.zeros((), device="cuda")
    with torch.no_grad():
        for x, y in valid_dl:  # PLANTED
            val_loss += criterion(model(x.cuda()), y.cuda())
    print(f"{epoch}: train {loss.item():.3f} val {val_loss.item() / len(valid_dl):.3f}")
