"""Clip true gradients: unscale_ comes first, in a helper."""
import torch
import torch.nn.functional as F


def clipped_step(scaler, opt, model, limit):
    scaler.unscale_(opt)
    torch.nn.utils.clip_grad_norm_(model.parameters(), limit)
    scaler.step(opt)
    scaler.update()


def train(model, loader, epochs=10):
    torch.manual_seed(1)
    model.cuda().train()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cuda")
    for epoch in range(epochs):
        for x, y in loader:
            opt.zero_grad()
            with torch.autocast("cuda"):
                loss = F.cross_entropy(model(x.cuda()), y.cuda())
            scaler.scale(loss).backward()
            clipped_step(scaler, opt, model, 1.0)
        print(epoch, loss.item())
