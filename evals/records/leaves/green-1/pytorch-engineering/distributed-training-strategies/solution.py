"""A training step and an evaluation that do not depend on how many processes share them."""

from contextlib import nullcontext

import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import default_collate

IGNORED = -100


def train_step(ddp_model, optimizer, micro_batches, max_norm) -> float:
    """One step with the mean cross-entropy over all counted tokens of all processes.

    Where no token counts anywhere there is no mean: no update is made, and NaN returned.
    """
    group = ddp_model.process_group
    world = dist.get_world_size(group)
    device = next(ddp_model.parameters()).device

    # The divisor is known before the first backward; each process needs the same one.
    counted = sum(int((targets != IGNORED).sum()) for _, targets in micro_batches)
    tokens = torch.tensor(counted, dtype=torch.int64, device=device)
    dist.all_reduce(tokens, group=group)
    tokens = tokens.item()
    if tokens == 0:
        return float("nan")

    optimizer.zero_grad(set_to_none=True)
    total = torch.zeros((), dtype=torch.float64, device=device)
    for place, (inputs, targets) in enumerate(micro_batches, start=1):
        # Every process reduces in its own last backward, however many it has had before. That
        # one takes part even if all its targets are ignored: its sum, and gradient, are zero.
        last = place == len(micro_batches)
        with nullcontext() if last else ddp_model.no_sync():
            logits = ddp_model(inputs.to(device))
            loss = cross_entropy(
                logits.flatten(0, 1),
                targets.to(device).flatten(),
                ignore_index=IGNORED,
                reduction="sum",
            )
            (loss * (world / tokens)).backward()  # DDP divides by world
        total += loss.detach()

    torch.nn.utils.clip_grad_norm_(ddp_model.parameters(), max_norm)  # reduced: the same on all
    optimizer.step()
    dist.all_reduce(total, group=group)
    return total.item() / tokens


@torch.no_grad()
def evaluate(model, dataset, batch_size) -> float:
    """Accuracy over every item once; each process takes every world-th."""
    rank, world = dist.get_rank(), dist.get_world_size()
    # Without DDP's wrapper, whose forward may communicate: processes have unequal numbers of
    # batches, and some may have none.
    net = model.module if isinstance(model, DistributedDataParallel) else model
    device = next((p.device for p in net.parameters()), torch.device("cpu"))
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        found = torch.zeros(2, dtype=torch.int64, device=device)  # right, all
        mine = range(rank, len(dataset), world)
        for start in range(0, len(mine), batch_size):
            # no DataLoader: it would draw from the generator that training uses
            x, labels = default_collate([dataset[i] for i in mine[start : start + batch_size]])
            predicted = net(x.to(device)).argmax(-1)
            right = predicted == labels.to(device).reshape(predicted.shape)
            found += torch.stack((right.sum(), torch.tensor(right.numel(), device=device)))
    finally:
        for module, training in modes:
            module.training = training
    dist.all_reduce(found)
    right, items = found.tolist()
    return right / items
