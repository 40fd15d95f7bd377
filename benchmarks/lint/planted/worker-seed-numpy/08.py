"""Temporal windows of an EEG drawn at random (DDP)."""
import os

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from eeg import load_all, EEGNet


class Windows(Dataset):
    def __init__(self, n=256):
        self.x, self.y = load_all("train")
        self.n = n
        self.draw = np.random.RandomState(int(os.environ.get("RANK", 0)))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        s = self.draw.randint(self.x[i].shape[-1] - self.n)
        return self.x[i][..., s : s + self.n], self.y[i]


def main():
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    ds = Windows()
    sampler = DistributedSampler(ds)
    dl = DataLoader(ds, batch_size=64, sampler=sampler, num_workers=4, prefetch_factor=4)  # PLANTED
    net = DDP(EEGNet().to(dev), device_ids=[dev])
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(100):
        sampler.set_epoch(epoch)
        net.train()
        for x, y in dl:
            loss = torch.nn.functional.cross_entropy(net(x.to(dev)), y.to(dev))
            opt.zero_grad()
            loss.backward()
            opt.step()
        if dev == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
