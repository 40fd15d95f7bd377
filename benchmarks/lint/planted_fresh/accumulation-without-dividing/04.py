"""Fit a CTC speech recogniser on several GPUs that exchange gradients once per group."""

import os
from contextlib import nullcontext
from itertools import batched

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from speech import Conformer, LibriSpeech, pad_collate


def main(group_size: int = 8, epochs: int = 30) -> None:
    dist.init_process_group("nccl")
    rank = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(rank)
    torch.manual_seed(99)

    data = LibriSpeech("train-clean-360")
    sampler = DistributedSampler(data, shuffle=True, drop_last=True)
    loader = DataLoader(data, batch_size=6, sampler=sampler, collate_fn=pad_collate)
    model = DDP(Conformer(vocab=29).cuda(), device_ids=[rank])
    ctc = nn.CTCLoss(blank=0, zero_infinity=True)
    opt = torch.optim.Adam(model.parameters(), lr=5e-4, betas=(0.9, 0.98))
    updates = epochs * (len(loader) // group_size)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=5e-4, total_steps=updates)

    model.train()
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        for number, group in enumerate(batched(loader, group_size)):
            if len(group) < group_size:
                break
            for i, (mel, mel_len, text, text_len) in enumerate(group):
                last = i == group_size - 1
                with nullcontext() if last else model.no_sync():
                    log_probs, out_len = model(mel.cuda(), mel_len.cuda())
                    loss = ctc(log_probs.transpose(0, 1), text.cuda(), out_len, text_len)
                    loss.backward()  # PLANTED
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            opt.step()
            sched.step()
            opt.zero_grad()
            if rank == 0 and number % 50 == 0:
                print(f"epoch {epoch} group {number} ctc {loss.item():.3f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
