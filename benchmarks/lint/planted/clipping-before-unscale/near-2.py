"""bfloat16 needs no scaler: gradients are clipped as they come."""
import torch
from torch import nn


def train(model, loader, steps=1000):
    torch.manual_seed(5)
    model.cuda().train()
    opt = torch.optim.Adam(model.parameters(), lr=3e-4)
    for step, (x, y) in zip(range(steps), loader):
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        if step % 100 == 0:
            print(step, loss.item(), norm.item())
