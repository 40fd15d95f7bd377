"""Gradient accumulation that makes the update of one large batch."""

from itertools import islice

import torch
from torch.nn import functional as F


def train_epoch(model, optimizer, batches, window, max_norm) -> list[tuple[float, float]]:
    """Summed losses are backpropagated and divided by the window's tokens at the end, so that each
    token counts the same, whichever micro-batch holds it. Gradients of half precision are added up
    in float32: in bfloat16 a small addend to a large sum is lost. A window without a token to be
    learnt makes no update; the last window may be shorter."""
    parameters = list(model.parameters())
    known = {id(p) for p in parameters}
    parameters += [
        p for group in optimizer.param_groups for p in group["params"] if id(p) not in known
    ]
    half = [p for p in parameters if p.dtype in (torch.bfloat16, torch.float16)]
    history: list[tuple[float, float]] = []
    batches = iter(batches)
    while True:
        for p in parameters:
            p.grad = None
        sums: dict[int, torch.Tensor] = {}
        loss, tokens, got = 0.0, 0, 0
        for ids, targets in islice(batches, window):
            got += 1
            count = int((targets != -100).sum())
            if count == 0:
                continue
            logits = model(ids)
            if logits.dtype in (torch.bfloat16, torch.float16):
                logits = logits.float()
            part = F.cross_entropy(
                logits.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum"
            )
            part.backward()
            for i, p in enumerate(half):
                if p.grad is not None:
                    if i in sums:
                        sums[i] += p.grad
                    else:
                        sums[i] = p.grad.float()
                    p.grad = None
            loss += part.item()
            tokens += count
            del logits, part
        if got == 0:
            return history
        if tokens == 0:
            continue

        with torch.no_grad():
            grads = [p.grad for p in parameters if p.grad is not None] + list(sums.values())
            for g in grads:
                g.div_(tokens)
            norms = [torch.linalg.vector_norm(g) for g in grads]
            norm = torch.linalg.vector_norm(torch.stack([n.double() for n in norms])).item() if norms else 0.0
            scale = max_norm / (norm + 1e-6)
            if scale < 1 or norm != norm:
                for g in grads:
                    g.mul_(scale)
            for i, g in sums.items():
                half[i].grad = g.to(half[i].dtype)
        sums.clear()
        optimizer.step()
        history.append((loss / tokens, norm))
        for p in parameters:
            p.grad = None
