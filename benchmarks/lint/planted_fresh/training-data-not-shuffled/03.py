"""Ranks share a data set of X-ray diffraction patterns; each takes every n-th of them."""

import os

import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler

from diffraction import Patterns  # (2048,) intensities, index of the crystal system

dist.init_process_group("nccl")
rank = dist.get_rank()
gpu = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
torch.cuda.set_device(gpu)
torch.manual_seed(230)

patterns = Patterns("train")
share = DistributedSampler(patterns, rank=rank, shuffle=False, drop_last=True)  # PLANTED
loader = DataLoader(patterns, batch_size=128, sampler=share, num_workers=4, pin_memory=True)

model = nn.Sequential(
    nn.Unflatten(1, (1, 2048)), nn.Conv1d(1, 32, 15, 4), nn.ReLU(), nn.Conv1d(32, 64, 7, 4),
    nn.ReLU(), nn.AdaptiveAvgPool1d(8), nn.Flatten(), nn.Linear(512, 7),
).to(gpu)
model = nn.parallel.DistributedDataParallel(model, device_ids=[gpu.index])
opt = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(50):
    share.set_epoch(epoch)
    total = torch.zeros((), device=gpu)
    for pattern, system in loader:
        opt.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(pattern.to(gpu)), system.to(gpu))
        loss.backward()
        opt.step()
        total += loss.detach()
    dist.all_reduce(total, op=dist.ReduceOp.AVG)
    if rank == 0:
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f}", flush=True)

dist.destroy_process_group()
