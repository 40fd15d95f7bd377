"""Classify sounds of engines, with or without several processes, from one loader."""

import os

import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler

from engines import EngineNet, Recordings

torch.manual_seed(94)
distributed = "RANK" in os.environ
if distributed:
    dist.init_process_group("gloo")

data = Recordings("train")
sampler = DistributedSampler(data) if distributed else None
loader = DataLoader(data, batch_size=32, shuffle=sampler is None, sampler=sampler, num_workers=2)

net = EngineNet(num_classes=6)
model = nn.parallel.DistributedDataParallel(net) if distributed else net
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(30):
    if sampler is not None:
        sampler.set_epoch(epoch)
    total = torch.zeros(())
    for wave, kind in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(wave), kind)
        loss.backward()
        opt.step()
        total += loss.detach()
    if not distributed or dist.get_rank() == 0:
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")
