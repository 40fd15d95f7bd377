"""DDP training with a sequence of schedules counted in updates."""
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader, DistributedSampler

from fungi import Fungi, Net


def main(epochs=60):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    ds = Fungi("train")
    sampler = DistributedSampler(ds)
    dl = DataLoader(ds, batch_size=64, sampler=sampler)
    net = DDP(Net().to(dev), device_ids=[dev])
    opt = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
    total = epochs * len(dl)
    up, down = LinearLR(opt, 0.01, total_iters=5 * len(dl)), CosineAnnealingLR(opt, total - 5 * len(dl))
    sched = SequentialLR(opt, [up, down], milestones=[5 * len(dl)])
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        net.train()
        for x, y in dl:
            loss = F.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        sched.step()  # PLANTED
        if dev == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
