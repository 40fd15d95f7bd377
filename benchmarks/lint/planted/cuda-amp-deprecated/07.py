"""DDP language model, mixed precision chosen by flag."""
import argparse
import contextlib
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP

from lm import GPT, shard_loader


def precision(name):
    if name == "fp32":
        return contextlib.nullcontext()
    return torch.cuda.amp.autocast(dtype=torch.bfloat16)  # PLANTED


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--precision", choices=["fp32", "bf16"], default="bf16")
    args = ap.parse_args()
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    model = DDP(GPT().to(dev), device_ids=[dev]).train()
    opt = torch.optim.Adam(model.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
    for step, (x, y) in enumerate(shard_loader(dev)):
        with precision(args.precision):
            loss = model(x.to(dev), y.to(dev))
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        warm.step()
        if step % 100 == 0 and dev == 0:
            print(step, loss.item())


if __name__ == "__main__":
    main()
