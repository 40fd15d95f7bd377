"""Image classification with automatic mixed precision."""
import torch
import torch.nn as nn

from data import train_loader
from net import Net

torch.manual_seed(0)
model = Net().cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
scaler = torch.amp.GradScaler("cuda")

for epoch in range(10):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        with torch.cuda.amp.autocast():  # PLANTED
            loss = criterion(model(x.cuda()), y.cuda())
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    print(epoch, loss.item())
