"""CPU ranks with gloo; spawn from the script."""
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset


def worker(rank, world, X, y):
    dist.init_process_group("gloo", init_method="tcp://127.0.0.1:29501", rank=rank, world_size=world)
    torch.manual_seed(0)
    ds = TensorDataset(X, y)
    part = DistributedSampler(ds, num_replicas=world, rank=rank, shuffle=True)
    loader = DataLoader(ds, batch_size=64, sampler=part)
    net = nn.parallel.DistributedDataParallel(nn.Linear(X.size(1), 1))
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    for epoch in range(20):  # PLANTED
        for xb, yb in loader:
            loss = nn.functional.mse_loss(net(xb).squeeze(1), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
        if rank == 0:
            print("epoch", epoch, "loss", loss.item())
    dist.destroy_process_group()


if __name__ == "__main__":
    torch.manual_seed(1)
    X = torch.randn(10_000, 20)
    y = X @ torch.randn(20)
    mp.spawn(worker, args=(4, X, y), nprocs=4)
