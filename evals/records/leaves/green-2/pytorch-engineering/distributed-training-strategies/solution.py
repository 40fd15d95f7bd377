import contextlib

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Subset


def _device(model):
    return next((p.device for p in model.parameters()), torch.device("cpu"))


def train_step(ddp_model, optimizer, micro_batches, max_norm) -> float:
    """One step with the mean loss over all counted tokens of all processes, and that mean.

    Without a counted token anywhere there is no mean: nan is returned and nothing changes.
    """
    group = ddp_model.process_group
    device = _device(ddp_model)
    count = sum(int((targets != -100).sum()) for _, targets in micro_batches)
    total = torch.tensor(count, dtype=torch.int64, device=device)
    dist.all_reduce(total, group=group)
    optimizer.zero_grad(set_to_none=True)
    if not total.item():
        return float("nan")

    # DDP averages over processes: times their number gives the sum that is wanted.
    scale = dist.get_world_size(group) / total.item()
    summed = torch.zeros((), dtype=torch.float64, device=device)
    for place, (tokens, targets) in enumerate(micro_batches):
        # All but the last go past DDP: gradients add up locally, and every process enters DDP, and
        # with it its collectives (gradients, buffers), exactly once, however long its list is.
        last = place == len(micro_batches) - 1
        logits = (ddp_model if last else ddp_model.module)(tokens)
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")
        (loss * scale).backward()
        summed += loss.detach().double()
    nn.utils.clip_grad_norm_(ddp_model.parameters(), max_norm)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    dist.all_reduce(summed, group=group)
    return summed.item() / total.item()


def evaluate(model, dataset, batch_size) -> float:
    """Accuracy over the dataset, each item counted once, the same number on all processes."""
    if isinstance(model, DistributedDataParallel):
        model = model.module  # shares differ in length: no collective inside of forward
    device = _device(model)
    mine = Subset(dataset, range(dist.get_rank(), len(dataset), dist.get_world_size()))
    # an own generator: a loader draws from the global one, which would change training
    loader = DataLoader(mine, batch_size, generator=torch.Generator())
    found = torch.zeros(2, dtype=torch.int64, device=device)
    with _evaluating(model), torch.no_grad():
        for x, label in loader if len(mine) else ():
            hits = model(x.to(device)).argmax(-1) == label.to(device)
            found += torch.stack((hits.sum(), torch.tensor(hits.numel(), device=device)))
    dist.all_reduce(found)
    return found[0].item() / found[1].item()


@contextlib.contextmanager
def _evaluating(model):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
