"""ResNet from scratch with batch norm and an L2 penalty in SGD."""
import torch
import torchvision
from torch import nn, optim

from cifar import loader


def main(epochs=200):
    torch.manual_seed(2)
    net = torchvision.models.resnet18(num_classes=100).cuda()
    opt = optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)  # PLANTED
    sched = optim.lr_scheduler.CosineAnnealingLR(opt, epochs)
    ce = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        net.train()
        for x, y in loader("train", shuffle=True):
            loss = ce(net(x.cuda()), y.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
        sched.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
