"""FSDP training of a large model."""
import os

import torch
import torch.distributed as dist
from torch.distributed.fsdp import FullyShardedDataParallel as FSDP

from bigmodel import Model, loader


def main():
    dist.init_process_group("nccl")
    rank = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(rank)
    torch.manual_seed(rank)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)  # PLANTED
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=500)
    model = FSDP(model.cuda(), device_id=rank)
    model.train()
    for step, (x, y) in enumerate(loader(rank)):
        loss = model(x.cuda(), y.cuda())
        optimizer.zero_grad()
        loss.backward()
        model.clip_grad_norm_(1.0)
        optimizer.step()
        warm.step()
        if rank == 0 and step % 50 == 0:
            print(step, loss.item())
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
