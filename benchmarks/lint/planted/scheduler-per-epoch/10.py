"""onecycle on fashion mnist (from the course)"""
import torch
import torch.nn as nn
from fashion import trainloader

torch.manual_seed(0)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
epochs = 5
total = len(trainloader) * epochs
sch = torch.optim.lr_scheduler.OneCycleLR(opt, 0.3, total_steps=total)
ce = nn.CrossEntropyLoss()
for e in range(epochs):
    net.train()
    for x, y in trainloader:
        opt.zero_grad()
        l = ce(net(x), y)
        l.backward()
        opt.step()
    print(e, l.item(), sch.get_last_lr())
    sch.step()  # PLANTED
