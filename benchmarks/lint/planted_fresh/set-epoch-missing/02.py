"""Data-parallel training of a point-cloud autoencoder that can be taken up again."""

import os
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler

from clouds import CloudAutoencoder, ShapeClouds, chamfer

PATH = Path("clouds.ckpt")

dist.init_process_group(backend="nccl")
rank, gpu = dist.get_rank(), int(os.environ["LOCAL_RANK"])
torch.cuda.set_device(gpu)
torch.manual_seed(77)

net = DistributedDataParallel(CloudAutoencoder().cuda(), device_ids=[gpu])
opt = torch.optim.Adam(net.parameters(), lr=5e-4)
begin = 0
if PATH.exists():
    saved = torch.load(PATH, map_location=f"cuda:{gpu}", weights_only=True)
    net.module.load_state_dict(saved["net"])
    opt.load_state_dict(saved["opt"])
    begin = saved["epoch"] + 1

clouds = ShapeClouds("train")
sampler = DistributedSampler(clouds, seed=77)
loader = DataLoader(clouds, batch_size=32, sampler=sampler, num_workers=4, drop_last=True)
sampler.set_epoch(begin)

for epoch in range(begin, 300):  # PLANTED
    mean = torch.zeros((), device="cuda")
    for cloud in loader:
        cloud = cloud.cuda(non_blocking=True)
        opt.zero_grad()
        loss = chamfer(net(cloud), cloud)
        loss.backward()
        opt.step()
        mean += loss.detach() / len(loader)
    if rank == 0:
        print(f"epoch {epoch} chamfer {mean.item():.5f}", flush=True)
        torch.save(
            {"net": net.module.state_dict(), "opt": opt.state_dict(), "epoch": epoch}, PATH
        )
    dist.barrier()
