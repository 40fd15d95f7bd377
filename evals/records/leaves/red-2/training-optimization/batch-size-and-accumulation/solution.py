from itertools import islice

import torch
from torch.nn import functional as F


def train_epoch(model, optimizer, batches, window, max_norm) -> list[tuple[float, float]]:
    """One update per `window` micro-batches (the last window may be shorter), equal to that of one
    batch of them all. A window without a single token to be learnt has no mean and makes no update.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    batches = iter(batches)
    updates = []
    while micro := list(islice(batches, window)):
        count = sum(int((targets != -100).sum()) for _, targets in micro)
        if count == 0:
            continue
        # Sums in at least float32: hundreds of small terms get lost in a bfloat16 `.grad`.
        sums = [None] * len(parameters)
        loss_sum = 0.0
        for ids, targets in micro:
            if not (targets != -100).any():
                continue
            optimizer.zero_grad(set_to_none=True)
            model.zero_grad(set_to_none=True)
            logits = model(ids)
            if logits.dtype in (torch.bfloat16, torch.float16):
                logits = logits.float()
            loss = F.cross_entropy(
                logits.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum"
            )
            (loss / count).backward()
            loss_sum += loss.item()
            for i, p in enumerate(parameters):
                if p.grad is None:
                    continue
                wide = torch.promote_types(p.dtype, torch.float32)
                if sums[i] is None:
                    sums[i] = p.grad.to(wide)
                else:
                    sums[i] += p.grad
                p.grad = None
        present = [s for s in sums if s is not None]
        norm = torch.linalg.vector_norm(
            torch.stack([torch.linalg.vector_norm(s).to(torch.float64) for s in present])
        ).item() if present else 0.0
        factor = min(1.0, max_norm / (norm + 1e-6))
        for p, s in zip(parameters, sums):
            p.grad = None if s is None else (s if factor == 1.0 else s.mul_(factor)).to(p.dtype)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        model.zero_grad(set_to_none=True)
        updates.append((loss_sum / count, norm))
    return updates
