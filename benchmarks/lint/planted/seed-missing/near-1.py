"""All generators are seeded by a function of the file."""
import random

import numpy as np
import torch
from torch import nn


def everything_from(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def main(loader, seed=0):
    everything_from(seed)
    net = nn.Linear(20, 2)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(10):
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
