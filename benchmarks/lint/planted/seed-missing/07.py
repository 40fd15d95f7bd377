"""DDP training of a small convnet."""
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from shells import Shells, ShellNet


def main(epochs=30):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    ds = Shells("train")
    sampler = DistributedSampler(ds)
    loader = DataLoader(ds, batch_size=32, sampler=sampler)
    net = DDP(ShellNet().to(dev), device_ids=[dev])
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(epochs):  # PLANTED
        sampler.set_epoch(epoch)
        net.train()
        for x, y in loader:
            loss = F.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if dev == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
