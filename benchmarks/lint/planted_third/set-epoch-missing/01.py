"""Trains a language model of proteins on several GPUs until a number of updates is reached."""

import logging
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

log = logging.getLogger(__name__)


class Residues(nn.Module):
    def __init__(self, vocabulary=26, width=512):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, num_layers=4, batch_first=True, dropout=0.1)
        self.out = nn.Linear(width, vocabulary)

    def forward(self, x):
        return self.out(self.lstm(self.embed(x))[0])


def forever(loader):
    while True:  # PLANTED
        yield from loader


def train(max_updates=50_000):
    rank = int(os.environ["LOCAL_RANK"])
    device = torch.device("cuda", rank)
    torch.cuda.set_device(device)
    torch.manual_seed(2 + rank)

    proteins = torch.load("proteins.pt", weights_only=True, mmap=True)
    sampler = DistributedSampler(proteins, seed=2, drop_last=True)
    loader = DataLoader(proteins, batch_size=32, sampler=sampler, num_workers=2, pin_memory=True)
    model = DDP(Residues().to(device), device_ids=[rank])
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)

    model.train()
    for update, rows in enumerate(forever(loader), start=1):
        rows = rows.to(device, non_blocking=True)
        logits = model(rows[:, :-1])
        loss = F.cross_entropy(logits.transpose(1, 2), rows[:, 1:], ignore_index=0)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if update % 200 == 0 and rank == 0:
            log.info("update %d loss %.4f", update, loss.item())
        if update == max_updates:
            break


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    dist.init_process_group("nccl")
    train()
    dist.destroy_process_group()
