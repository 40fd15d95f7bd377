"""DDP with no_sync on all but the last micro-batch."""
import contextlib
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP

from mt import Transformer, loader, PAD


def main(accum=8):
    dist.init_process_group("nccl")
    dev = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(dev)
    model = DDP(Transformer().to(dev), device_ids=[dev]).train()
    opt = torch.optim.Adam(model.parameters(), lr=7e-4, betas=(0.9, 0.98))
    warm = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min((s + 1) / 4000, (4000 / (s + 1)) ** 0.5))
    ce = torch.nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
    for i, (src, tgt) in enumerate(loader(dev)):
        last = (i + 1) % accum == 0
        with contextlib.nullcontext() if last else model.no_sync():
            logits = model(src.to(dev), tgt[:, :-1].to(dev))
            loss = ce(logits.transpose(1, 2), tgt[:, 1:].to(dev))
            loss.backward()  # PLANTED
        if last:
            opt.step()
            opt.zero_grad(set_to_none=True)
            warm.step()
        if i % 1000 == 0 and dev == 0:
            print(i, loss.item())


if __name__ == "__main__":
    main()
