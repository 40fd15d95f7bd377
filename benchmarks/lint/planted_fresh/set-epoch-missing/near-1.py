"""Depth from stereo on several devices; a generator of passes sees to the order of each."""

import os
from collections.abc import Iterator

import torch
import torch.distributed as dist
from torch.nn.functional import smooth_l1_loss
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from stereo import StereoNet, StereoPairs


def passes(loader: DataLoader, count: int) -> Iterator[tuple[int, DataLoader]]:
    for number in range(count):
        loader.sampler.set_epoch(number)
        yield number, loader


dist.init_process_group("nccl")
gpu = int(os.environ["LOCAL_RANK"])
torch.cuda.set_device(gpu)
torch.manual_seed(52)

pairs = StereoPairs("train")
loader = DataLoader(pairs, 4, sampler=DistributedSampler(pairs), num_workers=4)
model = DDP(StereoNet().cuda(), device_ids=[gpu])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch, batches in passes(loader, 64):
    total = torch.zeros((), device="cuda")
    for left, right, disparity in batches:
        optimizer.zero_grad()
        loss = smooth_l1_loss(model(left.cuda(), right.cuda()), disparity.cuda())
        loss.backward()
        optimizer.step()
        total += loss.detach()
    if dist.get_rank() == 0:
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f}", flush=True)
dist.destroy_process_group()
