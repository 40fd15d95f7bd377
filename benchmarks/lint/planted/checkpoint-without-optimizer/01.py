"""Train and save after every epoch."""
import torch
import torch.nn as nn

from data import loader
from net import Net

torch.manual_seed(0)
model = Net().cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(100):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
    torch.save({"epoch": epoch, "model": model.state_dict()}, "checkpoint.pt")  # PLANTED
