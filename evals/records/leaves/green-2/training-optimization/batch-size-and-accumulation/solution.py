"""Gradient accumulation that makes the update of one large batch."""

import itertools

import torch
from torch.nn import functional as F

IGNORE = -100


def _windows(batches, size):
    batches = iter(batches)
    while window := list(itertools.islice(batches, size)):
        yield window


def train_epoch(model, optimizer, batches, window, max_norm) -> list[tuple[float, float]]:
    """(loss, gradient norm before clipping) of each update; the last window may be shorter.

    Losses are summed and divided by the targets of the whole window. Gradients are summed in
    float32 beside the model: a bfloat16 `.grad` would swallow the later micro-batches. A window
    without any target makes no update (its mean does not exist) and no entry.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    done = []
    for group in _windows(batches, window):
        count = sum(int((targets != IGNORE).sum()) for _, targets in group)
        if count == 0:
            continue
        optimizer.zero_grad(set_to_none=True)
        model.zero_grad(set_to_none=True)
        sums = [None] * len(parameters)
        loss = 0.0
        for ids, targets in group:
            if not (targets != IGNORE).any():
                continue  # contributes nothing
            logits = model(ids)
            logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
            part = F.cross_entropy(
                logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORE, reduction="sum"
            )
            (part / count).backward()
            loss += part.item()
            for i, p in enumerate(parameters):
                if p.grad is None:
                    continue
                if sums[i] is None:
                    wide = torch.promote_types(p.dtype, torch.float32)
                    sums[i] = p.grad.to(wide, copy=True)
                else:
                    sums[i] += p.grad
                p.grad = None
        # Norm and clipping in float32 too, as torch.nn.utils.clip_grad_norm_ does it.
        present = [g for g in sums if g is not None]
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in present]))
        factor = (max_norm / (norm + 1e-6)).clamp(max=1.0)
        for p, g in zip(parameters, sums, strict=True):
            if g is not None:
                p.grad = g.mul_(factor).to(p.dtype)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        done.append((loss / count, norm.item()))
    return done
