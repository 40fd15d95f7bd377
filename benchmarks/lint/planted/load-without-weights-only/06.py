"""DDP resume: each rank maps the storages to its own card."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP

from mae import MAE, loader


def resume(path, model, opt, rank):
    to = {"cuda:0": f"cuda:{rank}"}
    ck = torch.load(path, map_location=to, weights_only=False)  # PLANTED
    model.module.load_state_dict(ck["model"])
    opt.load_state_dict(ck["opt"])
    torch.set_rng_state(ck["rng"].cpu())
    return ck["epoch"] + 1


def main():
    dist.init_process_group("nccl")
    rank = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(rank)
    model = DDP(MAE().to(rank), device_ids=[rank])
    opt = torch.optim.Adam(model.parameters(), lr=1.5e-4)
    dl = loader(rank)
    for epoch in range(resume("last.pt", model, opt, rank), 400):
        dl.sampler.set_epoch(epoch)
        model.train()
        for x in dl:
            loss = model(x.to(rank))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if rank == 0:
            print(epoch, loss.item())
            torch.save({"model": model.module.state_dict(), "opt": opt.state_dict(), "epoch": epoch,
                        "rng": torch.get_rng_state()}, "last.pt")


if __name__ == "__main__":
    main()
