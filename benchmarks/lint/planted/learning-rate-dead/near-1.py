"""Zero is where the warm-up starts and where the cosine ends, not the rate between."""
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, SequentialLR


def train(model, loader, epochs, warmup=500):
    torch.manual_seed(0)
    total = epochs * len(loader)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    up = LambdaLR(opt, lambda s: s / warmup)
    down = CosineAnnealingLR(opt, T_max=total - warmup, eta_min=0.0)
    sched = SequentialLR(opt, [up, down], milestones=[warmup])
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
        print(epoch, loss.item())
