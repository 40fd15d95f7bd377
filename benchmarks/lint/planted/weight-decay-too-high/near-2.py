"""A large number called decay that is a half-life in steps of an average, not of weights."""
import torch
import torch.nn.functional as F


class Average:
    def __init__(self, decay_steps):
        self.keep = 0.5 ** (1 / decay_steps)
        self.value = None

    def add(self, x):
        self.value = x if self.value is None else self.keep * self.value + (1 - self.keep) * x
        return self.value


def train(net, loader, weight_decay_steps=100.0):
    torch.manual_seed(1)
    mean = Average(decay_steps=weight_decay_steps)
    opt = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=0.0)
    net.train()
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        shown = mean.add(loss.detach())
        if step % 100 == 0:
            print(step, shown.item())
