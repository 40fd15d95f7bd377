"""Shuffle only where there is no sampler."""
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, DistributedSampler


def make_loader(ds, batch, distributed):
    sampler = DistributedSampler(ds) if distributed else None
    return DataLoader(ds, batch_size=batch, sampler=sampler, shuffle=sampler is None), sampler


def train(model, ds, epochs=5):
    torch.manual_seed(0)
    loader, sampler = make_loader(ds, 32, dist.is_initialized())
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        if sampler is not None:
            sampler.set_epoch(epoch)
        model.train()
        for x, y in loader:
            loss = torch.nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
