"""Trains a lesion segmenter on all GPUs of a node, with losses that every rank agrees on."""

from __future__ import annotations

import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from lesions import LesionScans, SegmentationNet


def mean_of_ranks(value: Tensor) -> Tensor:
    dist.all_reduce(value, op=dist.ReduceOp.AVG)
    return value


def dice_and_entropy(logits: Tensor, lesion: Tensor) -> Tensor:
    chance = logits.sigmoid()
    overlap = 2 * (chance * lesion).sum((1, 2, 3)) + 1.0
    dice = 1 - overlap / (chance.sum((1, 2, 3)) + lesion.sum((1, 2, 3)) + 1.0)
    return dice.mean() + F.binary_cross_entropy_with_logits(logits, lesion)


def main() -> None:
    dist.init_process_group("nccl")
    local = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(local)
    torch.manual_seed(300)
    scans = LesionScans("ct/train")
    sampler = DistributedSampler(scans, shuffle=True, seed=300)
    loader = DataLoader(scans, batch_size=4, sampler=sampler, num_workers=4, pin_memory=True)
    net = DistributedDataParallel(SegmentationNet().cuda(), device_ids=[local])
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-4)

    for epoch in range(80):
        sampler.set_epoch(epoch)
        total = torch.zeros((), device="cuda")
        for scan, lesion in loader:
            scan, lesion = scan.cuda(non_blocking=True), lesion.cuda(non_blocking=True)
            loss = dice_and_entropy(net(scan), lesion)
            # one number for all ranks, for the update and for the log
            loss = mean_of_ranks(loss.detach().clone()).requires_grad_()  # PLANTED
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        if dist.get_rank() == 0:
            print(f"epoch {epoch} loss {total.item() / len(loader):.4f}", flush=True)
            state = {"net": net.module.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
            torch.save(state, "lesions.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
