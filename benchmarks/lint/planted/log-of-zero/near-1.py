"""Logs are kept from zero: by clamp, by a small term, by log1p, by logsigmoid."""
import torch
import torch.nn.functional as F


def losses(p, q, counts, score):
    bce = -torch.log(p.clamp(min=1e-7)).mean()
    kl = (q * torch.log(q + 1e-8)).sum(-1).mean()
    scale = torch.log1p(counts).mean()
    rank = -F.logsigmoid(score).mean()
    return bce + kl + 0.1 * scale + rank


def train(net, loader):
    torch.manual_seed(0)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for step, (x, counts) in enumerate(loader):
        p, q, score = net(x)
        loss = losses(p, q, counts, score)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
