"""Config dataclass with a flag for distributed runs."""
import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, DistributedSampler

from lidar import Lidar, PointNet


@dataclass
class Opt:
    batch: int = 24
    shuffle: bool = True
    epochs: int = 80
    seed: int = 3


def main(o=Opt()):
    dist.init_process_group("nccl")
    gpu = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(o.seed)
    ds = Lidar("train")
    ranks = DistributedSampler(ds, seed=o.seed)
    dl = DataLoader(ds, o.batch, shuffle=o.shuffle, sampler=ranks, num_workers=6)  # PLANTED
    net = torch.nn.parallel.DistributedDataParallel(PointNet().to(gpu), device_ids=[gpu])
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(o.epochs):
        ranks.set_epoch(epoch)
        net.train()
        for pts, lab in dl:
            loss = torch.nn.functional.cross_entropy(net(pts.to(gpu)), lab.to(gpu))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if gpu == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
