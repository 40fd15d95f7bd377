"""Sampler only where there are several processes."""
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.utils.data import DataLoader, DistributedSampler

from shapes import ShapeNet, Shapes


def setup():
    if "WORLD_SIZE" not in os.environ:
        return False, torch.device("cuda")
    dist.init_process_group("nccl")
    return True, torch.device("cuda", int(os.environ["LOCAL_RANK"]))


def main():
    many, dev = setup()
    torch.manual_seed(0)
    ds = Shapes("train")
    sampler = DistributedSampler(ds) if many else None
    dl = DataLoader(ds, 64, sampler=sampler, shuffle=sampler is None)
    net = ShapeNet().to(dev)
    if many:
        net = torch.nn.parallel.DistributedDataParallel(net, device_ids=[dev.index])
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(30):  # PLANTED
        net.train()
        for x, y in dl:
            loss = F.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if not many or dist.get_rank() == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
