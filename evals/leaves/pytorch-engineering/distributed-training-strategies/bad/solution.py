"""A step by the mean of means, and a score over padded shares."""

import contextlib

import torch
import torch.distributed as dist
from torch.nn import functional as F


def train_step(ddp_model, optimizer, micro_batches, max_norm):
    """One step by the mean loss of each process."""
    optimizer.zero_grad()
    total = torch.zeros(())
    for number, (tokens, targets) in enumerate(micro_batches, 1):
        last = number == len(micro_batches)
        with contextlib.nullcontext() if last else ddp_model.no_sync():
            loss = F.cross_entropy(ddp_model(tokens).flatten(0, 1), targets.flatten())
            (loss / len(micro_batches)).backward()
        total += loss.detach() / len(micro_batches)
    dist.all_reduce(total)
    torch.nn.utils.clip_grad_norm_(ddp_model.parameters(), max_norm)
    optimizer.step()
    return (total / dist.get_world_size()).item()


@torch.no_grad()
def evaluate(model, dataset, batch_size):
    """Accuracy over the shares of a sampler."""
    sampler = torch.utils.data.DistributedSampler(dataset, shuffle=False)
    counts = torch.zeros(2)
    model.eval()
    for x, labels in torch.utils.data.DataLoader(dataset, batch_size, sampler=sampler):
        counts += torch.tensor([(model(x).argmax(-1) == labels).sum(), len(labels)])
    dist.all_reduce(counts)
    model.train()
    return (counts[0] / counts[1]).item()
