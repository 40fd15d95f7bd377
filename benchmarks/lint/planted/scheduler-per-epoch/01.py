"""One-cycle training on CIFAR-10."""
import torch
import torch.nn as nn

from cifar import train_loader
from nets import ResNet9

torch.manual_seed(0)
EPOCHS = 24
net = ResNet9().cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.1, epochs=EPOCHS, steps_per_epoch=len(train_loader))
ce = nn.CrossEntropyLoss()
for epoch in range(EPOCHS):
    net.train()
    for x, y in train_loader:
        opt.zero_grad()
        loss = ce(net(x.cuda()), y.cuda())
        loss.backward()
        opt.step()
    sched.step()  # PLANTED
    print(epoch, loss.item())
