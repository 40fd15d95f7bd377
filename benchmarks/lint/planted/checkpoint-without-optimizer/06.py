"""DDP: rank 0 writes a checkpoint every epoch, all ranks read it at the start."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP

from det import Detector, loader


def main(path="ck.pt", epochs=36):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    net = DDP(Detector().to(dev), device_ids=[dev])
    opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    first = 0
    if os.path.isfile(path):
        ck = torch.load(path, map_location=f"cuda:{dev}", weights_only=True)
        net.module.load_state_dict(ck["net"])
        first = ck["epoch"] + 1
    dl = loader(dev)
    for epoch in range(first, epochs):
        dl.sampler.set_epoch(epoch)
        net.train()
        for x, t in dl:
            loss = net(x.to(dev), t.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if dev == 0:
            print(epoch, loss.item())
            torch.save({"net": net.module.state_dict(), "epoch": epoch}, path)  # PLANTED
        dist.barrier()


if __name__ == "__main__":
    main()
