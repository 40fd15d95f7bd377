"""Trains a speech command network on several GPUs; contexts of a step are chosen from its config."""

import os
from contextlib import ExitStack
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from speech import CommandDataset, ConvRecogniser


@dataclass(frozen=True)
class Config:
    epochs: int = 30
    batch_size: int = 64
    accumulate: int = 4
    lr: float = 1e-3
    bf16: bool = True
    seed: int = 17


def train(cfg: Config) -> None:
    dist.init_process_group("nccl")
    rank = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(rank)
    torch.manual_seed(cfg.seed)

    dataset = CommandDataset("commands/train")
    sampler = DistributedSampler(dataset, seed=cfg.seed)
    loader = DataLoader(dataset, cfg.batch_size, sampler=sampler, num_workers=4, pin_memory=True)
    model = DistributedDataParallel(ConvRecogniser(classes=35).cuda(), device_ids=[rank])
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)

    for epoch in range(cfg.epochs):
        sampler.set_epoch(epoch)
        shown = torch.zeros((), device="cuda")
        for number, (wave, word) in enumerate(loader, start=1):
            wave, word = wave.cuda(non_blocking=True), word.cuda(non_blocking=True)
            last = number % cfg.accumulate == 0
            with ExitStack() as contexts:
                if cfg.bf16:
                    contexts.enter_context(torch.autocast("cuda", dtype=torch.bfloat16))
                if not last:
                    contexts.enter_context(model.no_sync())
                loss = criterion(model(wave), word) / cfg.accumulate
                loss.backward()  # PLANTED
            shown += loss.detach()
            if last:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        optimizer.zero_grad(set_to_none=True)
        if dist.get_rank() == 0:
            print(f"epoch {epoch}: loss {shown.item() * cfg.accumulate / len(loader):.4f}", flush=True)

    dist.destroy_process_group()


if __name__ == "__main__":
    train(Config())
