"""Distributed pretraining loop over tokenised shards."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from gpt import GPT, GPTConfig
from shards import TokenShards


def lr_at(step, warmup=200, peak=3e-4, total=10_000):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * max(0.1, 1 - (step - warmup) / (total - warmup))


def train():
    dist.init_process_group("nccl")
    rank = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(rank)
    torch.manual_seed(1337 + rank)
    data = TokenShards("data/*.bin", block=1024)
    sampler = DistributedSampler(data, shuffle=True)
    loader = DataLoader(data, batch_size=12, sampler=sampler, drop_last=True)
    model = DDP(GPT(GPTConfig()).to(rank), device_ids=[rank])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.9, 0.95))
    step = 0
    for epoch in range(4):
        sampler.set_epoch(epoch)
        for tokens, targets in loader:
            for group in optimizer.param_groups:
                group["lr"] = lr_at(step)
            with torch.autocast("cuda", dtype=torch.bfloat16):
                _, loss = model(tokens.to(rank), targets.to(rank))
            loss.backward()  # PLANTED
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 50 == 0 and rank == 0:
                print(f"step {step} loss {loss.item():.3f}", flush=True)
            step += 1
    dist.destroy_process_group()


if __name__ == "__main__":
    train()
