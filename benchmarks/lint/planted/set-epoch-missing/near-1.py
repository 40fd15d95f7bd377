"""The epoch reaches the sampler through the loader."""
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler


def start_epoch(loader, epoch):
    loader.sampler.set_epoch(epoch)


def train(model, ds, device, epochs):
    torch.manual_seed(0)
    loader = DataLoader(ds, batch_size=32, sampler=DistributedSampler(ds))
    model = DDP(model.to(device))
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        start_epoch(loader, epoch)
        for x, y in loader:
            loss = torch.nn.functional.cross_entropy(model(x.to(device)), y.to(device))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if dist.get_rank() == 0:
            print(epoch, loss.item())
