"""Transfer learning with a new head."""
import torch
import torch.nn as nn
from torchvision import models

from birds import loader

torch.manual_seed(0)
model = models.resnet18(weights="DEFAULT")
model.fc = nn.Linear(512, 200)
for p in model.parameters():
    p.requires_grad = False  # PLANTED
model = model.cuda()
opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
ce = nn.CrossEntropyLoss()
for epoch in range(10):
    model.train()
    for x, y in loader:
        loss = ce(model(x.cuda()), y.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
