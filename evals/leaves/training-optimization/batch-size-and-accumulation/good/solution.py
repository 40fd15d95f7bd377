import itertools

import torch
from torch.nn import functional as F


def train_epoch(model, optimizer, batches, window, max_norm):
    params = [p for p in model.parameters() if p.requires_grad]
    results = []
    batches = iter(batches)
    while group := list(itertools.islice(batches, window)):
        tokens = sum(int((targets != -100).sum()) for _, targets in group)
        if not tokens:
            continue
        sums = [torch.zeros_like(p, dtype=torch.float32) for p in params]
        total = 0.0
        for ids, targets in group:
            if not (targets != -100).any():
                continue
            logits = model(ids).float()
            loss = F.cross_entropy(
                logits.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum"
            )
            grads = torch.autograd.grad(loss / tokens, params, allow_unused=True)
            for held, grad in zip(sums, grads, strict=True):
                if grad is not None:
                    held += grad
            total += float(loss.detach())
        norm = torch.stack([held.norm() for held in sums]).norm()
        scale = torch.clamp(max_norm / (norm + 1e-6), max=1.0)
        for p, held in zip(params, sums, strict=True):
            p.grad = (held * scale).to(p.dtype)
        optimizer.step()
        optimizer.zero_grad()
        results.append((total / tokens, float(norm)))
    return results
