"""Trains a forecaster of taxi demand on one process or on many."""

import os

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


def loader_for(data, several):
    sampler = DistributedSampler(data) if several else None
    return DataLoader(data, batch_size=64, sampler=sampler, shuffle=sampler is None)


def main():
    several = int(os.environ.get("WORLD_SIZE", 1)) > 1
    if several:
        dist.init_process_group("gloo")
    rank = dist.get_rank() if several else 0
    torch.manual_seed(rank)

    history, demand = torch.load("taxis.pt", weights_only=True)
    loader = loader_for(TensorDataset(history, demand), several)
    zones = demand.shape[1]
    model = nn.Sequential(nn.Flatten(), nn.Linear(24 * zones, 256), nn.ReLU(), nn.Linear(256, zones))
    if several:
        model = DistributedDataParallel(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.PoissonNLLLoss()

    for epoch in range(30):
        if several:
            loader.sampler.set_epoch(epoch)
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        if rank == 0:
            print(epoch, loss.item())
    if several:
        dist.destroy_process_group()


main()
