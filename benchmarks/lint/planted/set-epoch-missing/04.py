"""Language model pretraining over epochs, counted by a while loop."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from corpus import Packed
from lm import LM


def run(max_steps=50_000):
    dist.init_process_group("nccl")
    dev = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.manual_seed(dist.get_rank())
    data = Packed("tokens.bin", 1024)
    loader = DataLoader(data, batch_size=16, sampler=DistributedSampler(data, seed=1), pin_memory=True)
    model = DDP(LM().to(dev), device_ids=[dev.index]).train()
    opt = torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.9, 0.95))
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
    step = 0
    while step < max_steps:  # PLANTED
        for x, y in loader:
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = model(x.to(dev), y.to(dev))
            opt.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            warm.step()
            if step % 100 == 0 and dist.get_rank() == 0:
                print(step, loss.item())
            step += 1
            if step >= max_steps:
                break


if __name__ == "__main__":
    run()
