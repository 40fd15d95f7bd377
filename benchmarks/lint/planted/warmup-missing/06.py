"""Large-batch training of a convnet by the linear scaling rule."""
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
import torchvision
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from imagenet import train_set

BATCH = 512


def main(epochs=90):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    sampler = DistributedSampler(train_set)
    loader = DataLoader(train_set, BATCH, sampler=sampler, num_workers=8)
    net = DDP(torchvision.models.resnet50().to(dev), device_ids=[dev])
    lr = 0.1 * BATCH * dist.get_world_size() / 256
    opt = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)  # PLANTED
    sched = torch.optim.lr_scheduler.MultiStepLR(opt, [30, 60, 80], gamma=0.1)
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        net.train()
        for x, y in loader:
            loss = F.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        sched.step()
        if dev == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
