"""Weights are projected after each step; gradients are clipped before it."""
import torch
import torch.nn.functional as F


@torch.no_grad()
def clip_weights(model, limit):
    for p in model.parameters():
        p.clamp_(-limit, limit)


def train(model, loader, limit=0.05):
    torch.manual_seed(3)
    opt = torch.optim.RMSprop(model.parameters(), lr=1e-4)
    model.train()
    for i, (x, y) in enumerate(loader):
        opt.zero_grad()
        loss = F.binary_cross_entropy_with_logits(model(x).squeeze(1), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        clip_weights(model, limit)
        if i % 100 == 0:
            print(i, loss.item())
