"""DDP resume on all ranks."""
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP

from aerial import Net, loader


def main(path="ck.pt", epochs=90):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    net = DDP(Net().to(dev), device_ids=[dev])
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    sched = torch.optim.lr_scheduler.StepLR(opt, 30)
    first = 0
    if os.path.exists(path):
        ck = torch.load(path, map_location=f"cuda:{dev}", weights_only=True)
        net.module.load_state_dict(ck["net"])
        sched.load_state_dict(ck["sched"])  # PLANTED
        first = ck["epoch"] + 1
    dl = loader(dev)
    for epoch in range(first, epochs):
        dl.sampler.set_epoch(epoch)
        net.train()
        for x, y in dl:
            loss = F.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        sched.step()
        if dev == 0:
            print(epoch, loss.item())
            torch.save({"net": net.module.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, path)


if __name__ == "__main__":
    main()
