"""Distributed scoring of a test set: the sampler does not shuffle, nothing is trained."""
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, DistributedSampler


@torch.inference_mode()
def score(model, ds, device, repeats=3):
    loader = DataLoader(ds, batch_size=128, sampler=DistributedSampler(ds, shuffle=False))
    model.to(device).eval()
    for repeat in range(repeats):
        hits = torch.zeros((), device=device)
        for x, y in loader:
            hits += (model(x.to(device)).argmax(1) == y.to(device)).sum()
        dist.all_reduce(hits)
        if dist.get_rank() == 0:
            print("repeat", repeat, "accuracy", hits.item() / len(ds))
