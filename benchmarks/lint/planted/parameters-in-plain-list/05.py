"""Inception-like convolution with parallel branches."""
import torch
import torch as T
from torch.nn import BatchNorm2d, Conv2d, CrossEntropyLoss, Linear, Module, ReLU, Sequential


def branch(i, o, k):
    return Sequential(Conv2d(i, o, k, padding=k // 2), BatchNorm2d(o), ReLU())


class Inception(Module):
    def __init__(self, i, o):
        super(Inception, self).__init__()
        self.branches = (branch(i, o, 1), branch(i, o, 3), branch(i, o, 5))  # PLANTED

    def forward(self, x):
        return T.cat([b(x) for b in self.branches], 1)


class Net(Module):
    def __init__(self):
        super(Net, self).__init__()
        self.stem = branch(3, 32, 3)
        self.mix = Inception(32, 32)
        self.fc = Linear(96, 10)

    def forward(self, x):
        return self.fc(self.mix(self.stem(x)).mean((2, 3)))


def main(loader):
    T.manual_seed(1)
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    ce = CrossEntropyLoss()
    for epoch in range(10):
        net.train()
        for x, y in loader:
            opt.zero_grad()
            loss = ce(net(x), y)
            loss.backward()
            opt.step()
        print(epoch, loss.item())
