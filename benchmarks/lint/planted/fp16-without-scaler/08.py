"""DDP segmentation in half precision with a decorator on the forward pass."""
import os

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP

from seg import backbone, tiles


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.out = backbone(256), nn.Conv2d(256, 19, 1)

    @torch.autocast("cuda", dtype=torch.float16)
    def forward(self, x):
        return self.out(self.body(x))


def main(epochs=80):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    net = DDP(Net().to(dev), device_ids=[dev])
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    loader = tiles(dev)
    for epoch in range(epochs):
        loader.sampler.set_epoch(epoch)
        net.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x.to(dev)).float(), y.to(dev), ignore_index=255)
            opt.zero_grad()
            loss.backward()  # PLANTED
            opt.step()
        if dev == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
