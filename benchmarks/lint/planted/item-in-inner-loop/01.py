"""CIFAR-10 with a running loss."""
import torch
import torch.nn as nn

from cifar import train_loader
from models import WideResNet

torch.manual_seed(0)
net = WideResNet(28, 10).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True)
ce = nn.CrossEntropyLoss()

for epoch in range(200):
    net.train()
    running = 0.0
    for x, y in train_loader:
        opt.zero_grad(set_to_none=True)
        loss = ce(net(x.cuda(non_blocking=True)), y.cuda(non_blocking=True))
        loss.backward()
        opt.step()
        running += loss.item()  # PLANTED
    print(epoch, running / len(train_loader))
