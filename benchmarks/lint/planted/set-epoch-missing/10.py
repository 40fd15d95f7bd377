"""my first ddp script (2 gpus)"""
import os
import torch
import torch.nn as nn
import torch.distributed as dist
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

def main():
    dist.init_process_group("nccl")
    r = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(0)
    d = MNIST("data", transform=ToTensor())
    s = DistributedSampler(d)
    l = DataLoader(d, batch_size=100, sampler=s)
    m = nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)).to(r)
    m = nn.parallel.DistributedDataParallel(m, device_ids=[r])
    o = torch.optim.SGD(m.parameters(), lr=0.1)
    c = nn.CrossEntropyLoss()
    for e in range(5):  # PLANTED
        for x, y in l:
            o.zero_grad()
            loss = c(m(x.to(r)), y.to(r))
            loss.backward()
            o.step()
        print("rank", r, "epoch", e, "loss", loss.item())
    dist.destroy_process_group()

if __name__ == "__main__":
    main()
