"""A step and a score that do not depend on the number of processes."""

import contextlib

import torch
import torch.distributed as dist
from torch.nn import functional as F


def train_step(ddp_model, optimizer, micro_batches, max_norm):
    """One step by the mean over all counted tokens of all processes."""
    counted = torch.tensor(sum(int((targets != -100).sum()) for _, targets in micro_batches))
    dist.all_reduce(counted)
    world = dist.get_world_size()
    optimizer.zero_grad()
    total = torch.zeros((), dtype=torch.float64)
    for number, (tokens, targets) in enumerate(micro_batches, 1):
        last = number == len(micro_batches)
        with contextlib.nullcontext() if last else ddp_model.no_sync():
            logits = ddp_model(tokens)
            loss = F.cross_entropy(
                logits.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum"
            )
            (loss * world / counted.clamp(min=1)).backward()  # DDP divides by the world size
        total += loss.detach()
    dist.all_reduce(total)
    torch.nn.utils.clip_grad_norm_(ddp_model.parameters(), max_norm)
    optimizer.step()
    return (total / counted.clamp(min=1)).item()


@torch.no_grad()
def evaluate(model, dataset, batch_size):
    """Accuracy over every item once."""
    own = range(dist.get_rank(), len(dataset), dist.get_world_size())
    subset = torch.utils.data.Subset(dataset, own)
    was_training = model.training
    model.eval()
    counts = torch.zeros(2, dtype=torch.int64)
    for x, labels in torch.utils.data.DataLoader(subset, batch_size=batch_size):
        right = (model(x).argmax(-1) == labels).sum()
        counts += torch.stack((right, torch.tensor(len(labels))))
    dist.all_reduce(counts)
    model.train(was_training)
    return (counts[0] / counts[1]).item()
