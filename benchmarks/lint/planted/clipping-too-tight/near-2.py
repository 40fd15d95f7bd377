"""Small numbers near a clip that are no limit: an epsilon, a clamp of scales, a weight bound."""
import torch
import torch.nn.functional as F


@torch.no_grad()
def bound_weights(model, limit=0.01):
    for p in model.parameters():
        p.clamp_(-limit, limit)


def train(model, loader):
    torch.manual_seed(1)
    opt = torch.optim.RMSprop(model.parameters(), lr=5e-5, eps=1e-8)
    model.train()
    for step, (x, y) in enumerate(loader):
        p = model(x).sigmoid().clamp(1e-6, 1 - 1e-6)
        loss = F.binary_cross_entropy(p.squeeze(1), y)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        opt.step()
        bound_weights(model)
        if step % 100 == 0:
            print(step, loss.item())
