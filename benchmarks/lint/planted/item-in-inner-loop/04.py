"""Classifier that reports its training accuracy."""
import torch
from torch import nn


def train_epoch(net, loader, opt, device):
    net.train()
    correct, seen = 0, 0
    ce = nn.CrossEntropyLoss()
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        out = net(x)
        loss = ce(out, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        correct += (out.argmax(1) == y).sum().item()  # PLANTED
        seen += y.size(0)
    return correct / seen


def main(net, loader, device="cuda"):
    torch.manual_seed(3)
    net.to(device)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(20):
        print(f"epoch {epoch} accuracy {train_epoch(net, loader, opt, device):.4f}")
