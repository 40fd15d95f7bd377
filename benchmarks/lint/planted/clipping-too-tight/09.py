"""DDP language model."""
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP

from lm import GRULM, shard

CLIP = {"norm": 1e-4 / 100, "type": 2.0}


def main():
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    net = DDP(GRULM().to(dev), device_ids=[dev]).train()
    opt = torch.optim.SGD(net.parameters(), lr=1.0)
    for step, (x, y) in enumerate(shard(dev)):
        loss = F.cross_entropy(net(x.to(dev)).transpose(1, 2), y.to(dev))
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), CLIP["norm"], CLIP["type"])  # PLANTED
        opt.step()
        if dev == 0 and step % 100 == 0:
            print(step, loss.item())


if __name__ == "__main__":
    main()
