"""Usual limits: a norm of 1, values of 0.5, and a norm of infinity that only measures."""
import torch
from torch import nn


def train(net, head, loader):
    torch.manual_seed(0)
    opt = torch.optim.Adam([*net.parameters(), *head.parameters()], lr=1e-3)
    net.train()
    for step, (x, y) in enumerate(loader):
        loss = nn.functional.cross_entropy(head(net(x)), y)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(head.parameters(), 0.5)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        norm = nn.utils.clip_grad_norm_(head.parameters(), float("inf"))
        opt.step()
        if step % 100 == 0:
            print(step, loss.item(), norm.item())
