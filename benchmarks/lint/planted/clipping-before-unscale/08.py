"""Clip by hand: the norm is computed and the gradients are scaled down."""
import torch
import torch.nn.functional as F


def clip_(params, limit):
    grads = [p.grad for p in params if p.grad is not None]
    total = torch.linalg.vector_norm(torch.stack([g.norm() for g in grads]))
    factor = (limit / (total + 1e-6)).clamp(max=1.0)
    for g in grads:
        g.mul_(factor)
    return total


def train(model, loader, epochs=5):
    torch.manual_seed(31)
    model.cuda()
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    scaler = torch.amp.GradScaler("cuda")
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            opt.zero_grad()
            with torch.autocast("cuda"):
                loss = F.cross_entropy(model(x.cuda()), y.cuda())
            scaler.scale(loss).backward()
            clip_(list(model.parameters()), 2.0)  # PLANTED
            scaler.step(opt)
            scaler.update()
        print(epoch, loss.item())
