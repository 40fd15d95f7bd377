"""Training and evaluation steps whose numbers do not depend on how many processes share the work."""

import contextlib

import torch
import torch.distributed as dist
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Subset

IGNORED = -100


def train_step(ddp_model, optimizer, micro_batches, max_norm) -> float:
    """One optimizer step over all micro-batches of all processes; returns the mean loss before it."""
    group = ddp_model.process_group
    world = dist.get_world_size(group)
    device = next(ddp_model.parameters()).device
    optimizer.zero_grad(set_to_none=True)
    ddp_model.zero_grad(set_to_none=True)

    counted = sum((targets != IGNORED).sum().to(device) for _, targets in micro_batches)
    dist.all_reduce(counted, group=group)
    counted = counted.item()
    if counted == 0:  # on every process: there is nothing to learn from, nor a mean
        return float("nan")

    total = torch.zeros((), dtype=torch.float64, device=device)
    for place, (tokens, targets) in enumerate(micro_batches):
        # Gradients travel with each process's last backward, whichever number that is.
        last = place == len(micro_batches) - 1
        with contextlib.nullcontext() if last else ddp_model.no_sync():
            logits = ddp_model(tokens.to(device))
            loss = F.cross_entropy(
                logits.flatten(0, -2).float(),
                targets.to(device).flatten(),
                ignore_index=IGNORED,
                reduction="sum",
            )
            total += loss.detach()
            # DDP takes the mean over processes; we want the sum over the count of all.
            (loss * (world / counted)).backward()
    torch.nn.utils.clip_grad_norm_(ddp_model.parameters(), max_norm)
    optimizer.step()
    dist.all_reduce(total, group=group)
    return total.item() / counted


@torch.no_grad()
def evaluate(model, dataset, batch_size) -> float:
    """Accuracy over the whole dataset, each item once."""
    group = None
    if isinstance(model, DistributedDataParallel):
        # Not through DDP's forward: it may communicate, and processes may have unequal numbers of batches.
        group = model.process_group
        if model.broadcast_buffers:  # as its forward would, once
            source = dist.get_global_rank(group, 0)
            for buffer in model.module.buffers():
                dist.broadcast(buffer, source, group=group)
        model = model.module
    rank, world = dist.get_rank(group), dist.get_world_size(group)
    parameter = next(model.parameters(), None)
    device = parameter.device if parameter is not None else torch.device("cpu")

    share = Subset(dataset, range(rank, len(dataset), world))
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    scores = torch.zeros(2, dtype=torch.int64, device=device)
    try:
        # A generator of its own: the loader would draw from torch's.
        for x, label in DataLoader(share, batch_size, generator=torch.Generator()):
            right = model(x.to(device)).argmax(-1) == label.to(device)
            scores += torch.stack((right.sum(), torch.tensor(right.numel(), device=device)))
    finally:
        for module, training in modes:
            module.training = training
    dist.all_reduce(scores, group=group)
    return scores[0].item() / scores[1].item()
