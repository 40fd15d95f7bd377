"""Object tracking, DDP + AMP, with one-cycle rate."""
import os

import torch
import torch.distributed as dist
from torch.amp.grad_scaler import GradScaler
from torch.nn.parallel import DistributedDataParallel as DDP

from tracking import SiamRPN, build_loader


def worker():
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(1234 + dev)
    loader, sampler = build_loader(batch=32, distributed=True)
    net = DDP(SiamRPN().to(dev), device_ids=[dev])
    opt = torch.optim.SGD(net.parameters(), lr=0.005, momentum=0.9)
    one = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.03, total_steps=20 * len(loader))
    loss_scaler = GradScaler("cuda")
    for ep in range(20):
        sampler.set_epoch(ep)
        net.train()
        for template, search, target in loader:
            opt.zero_grad(set_to_none=True)
            with torch.autocast("cuda", torch.float16):
                out = net(template.to(dev), search.to(dev), target.to(dev))
                loss = out["cls"] + 1.2 * out["loc"]
            loss_scaler.scale(loss).backward()
            loss_scaler.step(opt)  # PLANTED
            one.step()
        if dev == 0:
            print(ep, loss.item())


if __name__ == "__main__":
    worker()
