"""Learned RMS norm and an Adam with decay, DDP."""
import os

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP

from llm import batches


class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


class FFLM(nn.Module):
    def __init__(self, vocab, d=512, ctx=16):
        super().__init__()
        self.e = nn.Embedding(vocab, d)
        self.ff = nn.Sequential(RMSNorm(ctx * d), nn.Linear(ctx * d, d), nn.SiLU(), RMSNorm(d), nn.Linear(d, vocab))

    def forward(self, ids):
        return self.ff(self.e(ids).flatten(1))


def main(vocab=32000):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    net = DDP(FFLM(vocab).to(dev), device_ids=[dev]).train()
    opt = torch.optim.AdamW(net.module.parameters(), 1e-3, (0.9, 0.95), 1e-8, 0.1)  # PLANTED
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=200)
    for step, (ctx, nxt) in enumerate(batches(dev)):
        loss = nn.functional.cross_entropy(net(ctx.to(dev)), nxt.to(dev))
        opt.zero_grad()
        loss.backward()
        opt.step()
        warm.step()
        if dev == 0 and step % 100 == 0:
            print(step, loss.item())


if __name__ == "__main__":
    main()
