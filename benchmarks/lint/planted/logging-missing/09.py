"""DDP training that logs its start only."""
import logging
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from moths import MothNet, Moths

log = logging.getLogger(__name__)


def main(epochs=50):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    ds = Moths("train")
    sampler = DistributedSampler(ds)
    loader = DataLoader(ds, batch_size=32, sampler=sampler)
    net = DDP(MothNet().to(dev), device_ids=[dev]).train()
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    log.info("rank %d of %d, %d images", dist.get_rank(), dist.get_world_size(), len(ds))
    for epoch in range(epochs):  # PLANTED
        sampler.set_epoch(epoch)
        for x, y in loader:
            loss = F.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
    dist.destroy_process_group()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()
