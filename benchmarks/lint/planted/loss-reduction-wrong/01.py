"""CIFAR-10 with a small net."""
import torch
import torch.nn as nn

from cifar import loader
from nets import SmallNet

torch.manual_seed(0)
net = SmallNet().cuda()
criterion = nn.CrossEntropyLoss(reduction="sum")  # PLANTED
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

for epoch in range(30):
    net.train()
    for x, y in loader("train", batch_size=256, shuffle=True):
        loss = criterion(net(x.cuda()), y.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
