import itertools

import torch
from torch.nn import functional as F


def train_epoch(model, optimizer, batches, window, max_norm):
    results = []
    batches = iter(batches)
    while group := list(itertools.islice(batches, window)):
        tokens = sum(int((targets != -100).sum()) for _, targets in group)
        if not tokens:
            continue
        total = 0.0
        for ids, targets in group:
            loss = F.cross_entropy(
                model(ids).flatten(0, 1).float(), targets.flatten(), reduction="sum"
            )
            (loss / tokens).backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        optimizer.zero_grad()
        results.append((total / tokens, float(norm)))
    return results
