"""Distributed training of a scene classifier."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from scenes import Scenes, SceneNet


def main():
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(0)
    ds = Scenes("train")
    sampler = DistributedSampler(ds, shuffle=False)  # PLANTED
    loader = DataLoader(ds, batch_size=16, sampler=sampler)
    net = DDP(SceneNet().to(dev), device_ids=[dev])
    opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    for epoch in range(30):
        sampler.set_epoch(epoch)
        net.train()
        for x, y in loader:
            loss = torch.nn.functional.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if dev == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
