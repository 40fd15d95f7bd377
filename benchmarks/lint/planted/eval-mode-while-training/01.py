"""Fine-tune a ResNet on moths."""
import torch
import torch.nn as nn
from torchvision import models

from moths import loader

torch.manual_seed(0)
model = models.resnet50(weights="DEFAULT")
model.fc = nn.Linear(2048, 12)
model = model.cuda()
model.eval()  # PLANTED
optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    for x, y in loader:
        loss = criterion(model(x.cuda()), y.cuda())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
