"""Depth completion, DDP; the validation runs on rank 0."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from kitti import Kitti, SparseNet


def validate(net, loader, dev):
    err = torch.zeros((), device=dev)
    with torch.no_grad():
        for sparse, dense in loader:  # PLANTED
            err += (net(sparse.to(dev)) - dense.to(dev)).abs().mean()
    return err.item() / len(loader)


def main():
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(100)
    ds = Kitti("train")
    sampler = DistributedSampler(ds)
    train_dl = DataLoader(ds, batch_size=8, sampler=sampler)
    val_dl = DataLoader(Kitti("val"), batch_size=8)
    net = DDP(SparseNet().to(dev), device_ids=[dev])
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(20):
        sampler.set_epoch(epoch)
        net.train()
        for sparse, dense in train_dl:
            opt.zero_grad()
            loss = (net(sparse.to(dev)) - dense.to(dev)).abs().mean()
            loss.backward()
            opt.step()
        if dev == 0:
            print(epoch, loss.item(), validate(net.module, val_dl, dev))
        dist.barrier()


if __name__ == "__main__":
    main()
