"""The forward runs under autocast, an island of it in fp32, and the backward outside."""
import torch
from torch import nn


def train(model, loader):
    torch.manual_seed(1)
    model.cuda().train()
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    scaler = torch.amp.GradScaler("cuda")
    for step, (x, y) in enumerate(loader):
        with torch.autocast("cuda"):
            logits = model(x.cuda())
            with torch.autocast("cuda", enabled=False):
                loss = nn.functional.cross_entropy(logits.float(), y.cuda())
        opt.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
        if step % 100 == 0:
            print(step, loss.item())
