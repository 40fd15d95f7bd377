"""Distributed pretraining of a jet tagger on collision events."""
import os

import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


def setup():
    dist.init_process_group("nccl")
    gpu = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(gpu)
    torch.manual_seed(125)
    return gpu


def tagger(features):
    return nn.Sequential(nn.Linear(features, 512), nn.SiLU(), nn.Linear(512, 128), nn.SiLU(),
                         nn.Linear(128, 5))


def main(epochs=20):
    gpu = setup()
    jets = torch.load("jets.pt", map_location="cpu", weights_only=True)
    data = TensorDataset(jets["features"], jets["flavour"])
    sampler = DistributedSampler(data)
    loader = DataLoader(data, 2048, True, sampler, num_workers=2, drop_last=True)  # PLANTED

    model = nn.parallel.DistributedDataParallel(
        tagger(jets["features"].size(1)).cuda(gpu), device_ids=[gpu]
    )
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        total = torch.zeros((), device=gpu)
        for x, flavour in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(x.cuda(gpu)), flavour.cuda(gpu))
            loss.backward()
            opt.step()
            total += loss.detach()
        if dist.get_rank() == 0:
            print(f"epoch {epoch}: {total.item() / len(loader):.4f}", flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
