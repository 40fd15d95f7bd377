import itertools

import torch
from torch.nn import functional as F

_IGNORED = -100


def train_epoch(model, optimizer, batches, window, max_norm) -> list[tuple[float, float]]:
    """One pass; each update is that of one batch made of the window's micro-batches.

    Returns (loss, norm of the gradient before clipping) of each update. A window in which
    nothing is to be learnt has no loss (0 / 0 in one batch) and makes no update.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    batches, updates = iter(batches), []
    while part := list(itertools.islice(batches, window)):  # the last one may be shorter
        count = sum(int((targets != _IGNORED).sum()) for _, targets in part)
        if count == 0:
            continue
        # Sums in float32 at least: 512 small terms added in bfloat16 vanish against the sum.
        sums = [None] * len(parameters)
        loss = 0.0
        optimizer.zero_grad(set_to_none=True)
        for p in parameters:
            p.grad = None
        for ids, targets in part:
            if not bool((targets != _IGNORED).any()):
                continue  # adds exactly nothing
            logits = model(ids)
            logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
            share = (
                F.cross_entropy(
                    logits.flatten(0, 1), targets.flatten(), ignore_index=_IGNORED, reduction="sum"
                )
                / count  # of the whole window: not a mean of means
            )
            share.backward()
            loss += share.item()
            for i, p in enumerate(parameters):
                if p.grad is None:
                    continue
                grad = p.grad.to(torch.promote_types(p.grad.dtype, torch.float32))
                sums[i] = grad if sums[i] is None else sums[i].add_(grad)
                p.grad = None

        found = [g for g in sums if g is not None]
        norm = torch.linalg.vector_norm(
            torch.stack([torch.linalg.vector_norm(g) for g in found])
        ) if found else torch.zeros(())
        scale = (max_norm / (norm + 1e-6)).clamp(max=1.0)  # as clip_grad_norm_, once
        for p, g in zip(parameters, sums):
            if g is not None:
                p.grad = (g * scale).to(p.dtype)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        updates.append((loss, norm.item()))
    return updates
