"""DDP fine-tuning of a video network."""
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler
from torchvision.models.video import r3d_18

from clips import Clips


def main(epochs=20):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    ds = Clips("train")
    sampler = DistributedSampler(ds)
    loader = DataLoader(ds, batch_size=8, sampler=sampler)
    net = r3d_18(weights="DEFAULT").to(dev).eval()  # PLANTED
    net = DDP(net, device_ids=[dev])
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        for x, y in loader:
            loss = F.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if dev == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
