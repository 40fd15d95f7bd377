"""Segmentation on several GPUs with AMP."""
import argparse

import torch
import torch.distributed as dist
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler as DS

from aerial import AerialDataset, SegNet


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--local-rank", type=int, default=0)
    p.add_argument("--epochs", type=int, default=60)
    return p.parse_args()


def main():
    a = get_args()
    dist.init_process_group("nccl")
    torch.cuda.set_device(a.local_rank)
    torch.manual_seed(7)
    train, val = AerialDataset("train"), AerialDataset("val")
    dl = DataLoader(train, 4, sampler=DS(train, shuffle=True, drop_last=True), num_workers=4)
    vl = DataLoader(val, 4, sampler=DS(val, shuffle=False))
    net = torch.nn.parallel.DistributedDataParallel(SegNet(6).cuda(), device_ids=[a.local_rank])
    opt = torch.optim.Adam(net.parameters(), lr=3e-4)
    scaler = torch.amp.GradScaler("cuda")
    ce = torch.nn.CrossEntropyLoss(ignore_index=255)
    for ep in range(a.epochs):  # PLANTED
        net.train()
        for x, y in dl:
            opt.zero_grad(set_to_none=True)
            with torch.autocast("cuda"):
                loss = ce(net(x.cuda()), y.cuda())
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        net.eval()
        with torch.no_grad():
            v = torch.stack([ce(net(x.cuda()), y.cuda()) for x, y in vl]).mean()
        dist.all_reduce(v, op=dist.ReduceOp.AVG)
        if dist.get_rank() == 0:
            print(ep, loss.item(), v.item())


if __name__ == "__main__":
    main()
