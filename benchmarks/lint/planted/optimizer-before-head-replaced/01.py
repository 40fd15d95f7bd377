"""Transfer learning on ants and bees."""
import torch
import torch.nn as nn
from torchvision import models

from hymenoptera import train_loader

torch.manual_seed(0)
model = models.resnet18(weights="IMAGENET1K_V1").cuda()
optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)  # PLANTED
model.fc = nn.Linear(model.fc.in_features, 2).cuda()
criterion = nn.CrossEntropyLoss()

for epoch in range(25):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
