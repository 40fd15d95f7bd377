import contextlib

import torch
import torch.distributed as dist
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import default_collate


def train_step(ddp_model, optimizer, micro_batches, max_norm) -> float:
    """One step over all micro-batches of all processes, as one process would make it.

    Every counted token weighs the same, so losses are summed and divided by the number of tokens of
    the whole step, which therefore goes round first. DDP averages over the processes, hence the
    factor of their number. Each process sends its gradients with its last micro-batch only, be they
    many or few.
    """
    group = ddp_model.process_group
    device = next(ddp_model.parameters()).device
    totals = torch.zeros(2, dtype=torch.float64, device=device)  # tokens, loss
    totals[0] = sum(int((targets != -100).sum()) for _, targets in micro_batches)
    dist.all_reduce(totals, group=group)
    tokens = totals[0].item()
    optimizer.zero_grad(set_to_none=True)
    if not tokens:  # the same on all processes: nothing to learn from, and no mean
        return float("nan")

    factor = dist.get_world_size(group) / tokens
    summed = torch.zeros((), dtype=torch.float64, device=device)
    for place, (inputs, targets) in enumerate(micro_batches):
        last = place == len(micro_batches) - 1
        with contextlib.nullcontext() if last else ddp_model.no_sync():
            logits = ddp_model(inputs.to(device))
            # a sum, not a mean: the mean over a micro-batch that is all -100 is NaN
            loss = F.cross_entropy(
                logits.flatten(0, 1).float(),
                targets.to(device).flatten(),
                ignore_index=-100,
                reduction="sum",
            )
            (loss * factor).backward()
        summed += loss.detach()
    torch.nn.utils.clip_grad_norm_(ddp_model.parameters(), max_norm)
    optimizer.step()
    dist.all_reduce(summed, group=group)
    return (summed / tokens).item()


@torch.no_grad()
def evaluate(model, dataset, batch_size) -> float:
    """Accuracy; each item is looked at by exactly one process, none twice to even the shares out."""
    group = None
    if isinstance(model, DistributedDataParallel):
        # DDP's forward may communicate, and the processes need not have equally many batches
        group, model = model.process_group, model.module
    first = next(model.parameters(), None)
    device = first.device if first is not None else torch.device("cpu")
    mine = range(dist.get_rank(group), len(dataset), dist.get_world_size(group))
    counts = torch.zeros(2, dtype=torch.int64, device=device)  # right, all
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        for start in range(0, len(mine), batch_size):
            x, label = default_collate([dataset[i] for i in mine[start : start + batch_size]])
            right = model(x.to(device)).argmax(-1) == label.to(device)
            counts += torch.stack([right.sum(), torch.tensor(len(right), device=device)])
    finally:
        for module, training in modes:
            module.training = training
    dist.all_reduce(counts, group=group)
    return counts[0].item() / counts[1].item()
