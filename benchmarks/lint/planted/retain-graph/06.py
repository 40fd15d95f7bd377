"""Multi-task classification."""
import torch
from torch import nn


class MultiHead(nn.Module):
    def __init__(self, d, outs):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(d, 128), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(128, o) for o in outs)

    def forward(self, x):
        z = self.body(x)
        return [h(z) for h in self.heads]


def total_loss(outs, targets):
    return sum(nn.functional.cross_entropy(o, t) for o, t in zip(outs, targets))


def train(loader, d, outs, epochs=10):
    torch.manual_seed(5)
    net = MultiHead(d, outs)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(epochs):
        net.train()
        for x, targets in loader:
            opt.zero_grad()
            loss = total_loss(net(x), targets)
            torch.autograd.backward(loss, retain_graph=True)  # PLANTED
            opt.step()
        print(epoch, loss.item())
    return net
