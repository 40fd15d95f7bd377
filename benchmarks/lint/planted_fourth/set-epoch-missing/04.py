"""Speaker embeddings with a prototypical loss; each rank sees its share of the speakers."""
from __future__ import annotations

import os
import random
from contextlib import contextmanager
from typing import Iterator

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import BatchSampler, DataLoader, Dataset, DistributedSampler

SPEAKERS_PER_BATCH, UTTERANCES, FRAMES = 32, 4, 200


@contextmanager
def process_group() -> Iterator[tuple[int, torch.device]]:
    dist.init_process_group("nccl")
    local = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(local)
    try:
        yield dist.get_rank(), torch.device("cuda", local)
    finally:
        dist.destroy_process_group()


class Speakers(Dataset):
    """One item is a stack of random crops from one speaker."""

    def __init__(self, folder: str):
        self.files = sorted(e.path for e in os.scandir(folder) if e.name.endswith(".pt"))

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> Tensor:
        mels = torch.load(self.files[i], weights_only=True)
        crops = []
        for mel in random.sample(mels, UTTERANCES):
            at = random.randint(0, mel.size(0) - FRAMES)
            crops.append(mel[at:at + FRAMES])
        return torch.stack(crops)


class Embedder(nn.Module):
    def __init__(self, n_mels: int = 40, hidden: int = 256, dim: int = 256):
        super().__init__()
        self.lstm = nn.LSTM(n_mels, hidden, num_layers=3, batch_first=True)
        self.proj = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        _, (h, _) = self.lstm(x)
        return F.normalize(self.proj(h[-1]), dim=-1)


class AngularProto(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-5.0))

    def forward(self, e: Tensor) -> Tensor:
        query, proto = e[:, 0], F.normalize(e[:, 1:].mean(1), dim=-1)
        logits = query @ proto.T * self.w.clamp(min=1e-6) + self.b
        return F.cross_entropy(logits, torch.arange(len(e), device=e.device))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.objective = Embedder(), AngularProto()

    def forward(self, x: Tensor) -> Tensor:
        e = self.embed(x.flatten(0, 1))
        return self.objective(e.view(x.size(0), x.size(1), -1))


def make_loader(folder: str, train: bool) -> DataLoader:
    data = Speakers(folder)
    if not train:
        return DataLoader(data, SPEAKERS_PER_BATCH, num_workers=2, drop_last=True)
    shard = DistributedSampler(data, shuffle=True, drop_last=True)
    batches = BatchSampler(shard, SPEAKERS_PER_BATCH, drop_last=True)
    return DataLoader(data, batch_sampler=batches, num_workers=4, pin_memory=True, persistent_workers=True)


def start_epoch(loader: DataLoader, epoch: int) -> None:
    if hasattr(loader.sampler, "set_epoch"):
        loader.sampler.set_epoch(epoch)


@torch.no_grad()
def held_out_loss(net: Net, loader: DataLoader, device: torch.device) -> float:
    net.eval()
    losses = [net(x.to(device)) for x in loader]
    net.train()
    return torch.stack(losses).mean().item()


def main(epochs: int = 200, lr: float = 1e-3, seed: int = 55) -> None:
    with process_group() as (rank, device):
        random.seed(seed + rank)
        torch.manual_seed(seed + rank)
        train_loader = make_loader("data/vox/train", train=True)
        dev_loader = make_loader("data/vox/dev", train=False)
        net = DDP(Net().to(device), device_ids=[device.index])
        optimizer = torch.optim.Adam(net.parameters(), lr=lr)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.8)
        net.train()
        for epoch in range(epochs):  # PLANTED
            start_epoch(train_loader, epoch)
            total = torch.zeros((), device=device)
            for x in train_loader:
                loss = net(x.to(device, non_blocking=True))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 3.0)
                optimizer.step()
                total += loss.detach()
            scheduler.step()
            if rank == 0:
                dev = held_out_loss(net.module, dev_loader, device)
                print(f"epoch {epoch} loss {total.item() / len(train_loader):.4f} dev {dev:.4f}")
                torch.save(net.module.embed.state_dict(), "embedder.pt")
            dist.barrier()


if __name__ == "__main__":
    main()
