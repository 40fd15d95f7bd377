"""Trains a ranking model on several processes; the loader counts its own passes."""

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


class Passes:
    """A loader that is in another order each time it is gone through."""

    def __init__(self, data, batch_size):
        self.sampler = DistributedSampler(data, shuffle=True)
        self.loader = DataLoader(data, batch_size=batch_size, sampler=self.sampler)
        self.count = 0

    def __iter__(self):
        self.sampler.set_epoch(self.count)
        self.count += 1
        return iter(self.loader)


def main():
    dist.init_process_group("gloo")
    torch.manual_seed(dist.get_rank())
    better, worse = torch.load("rankings.pt", weights_only=True)
    passes = Passes(TensorDataset(better, worse), batch_size=128)

    score = nn.Sequential(nn.Linear(better.shape[1], 64), nn.ReLU(), nn.Linear(64, 1))
    score = DistributedDataParallel(score)
    optimizer = torch.optim.Adam(score.parameters(), lr=1e-3)
    for epoch in range(20):
        for high, low in passes:
            gap = score(torch.cat([high, low])).squeeze(1)
            loss = nn.functional.softplus(gap[len(high) :] - gap[: len(high)]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if dist.get_rank() == 0:
            print(f"epoch {epoch} loss {loss.item():.4f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
