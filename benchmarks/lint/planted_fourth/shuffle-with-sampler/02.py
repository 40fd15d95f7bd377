"""Multi-GPU road segmentation.  Launch with: torchrun --nproc_per_node=4 train.py --data /data/roads"""
import argparse
import logging
import os
from pathlib import Path
from typing import Optional

import numpy as np
import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, Dataset, Sampler
from torch.utils.data.distributed import DistributedSampler
from torchvision.models.segmentation import deeplabv3_resnet50

log = logging.getLogger("roads")


class RoadTiles(Dataset):
    def __init__(self, root: str, split: str):
        self.files = sorted(Path(root, split).glob("*.npz"))
        self.augment = split == "train"

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, idx: int):
        with np.load(self.files[idx]) as z:
            image = torch.from_numpy(z["image"]).permute(2, 0, 1).float() / 255.0
            mask = torch.from_numpy(z["mask"]).long()
        if self.augment and torch.rand(()) < 0.5:
            image, mask = image.flip(-1), mask.flip(-1)
        return image, mask


def build_loader(dataset: Dataset, args, training: bool, sampler: Optional[Sampler] = None) -> DataLoader:
    return DataLoader(  # PLANTED
        dataset,
        batch_size=args.batch_size,
        shuffle=training,
        sampler=sampler,
        num_workers=args.workers,
        pin_memory=True,
        drop_last=training,
    )


@torch.no_grad()
def mean_iou(model: nn.Module, loader: DataLoader, num_classes: int, device: torch.device) -> float:
    model.eval()
    confusion = torch.zeros(num_classes * num_classes, dtype=torch.long, device=device)
    for image, mask in loader:
        image, mask = image.to(device), mask.to(device)
        pred = model(image)["out"].argmax(1)
        confusion += torch.bincount((mask * num_classes + pred).flatten(), minlength=num_classes ** 2)
    confusion = confusion.view(num_classes, num_classes).float()
    inter = confusion.diag()
    union = confusion.sum(0) + confusion.sum(1) - inter
    return (inter / union.clamp(min=1)).mean().item()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True)
    p.add_argument("--epochs", type=int, default=40)
    p.add_argument("--batch-size", type=int, default=8)
    p.add_argument("--workers", type=int, default=4)
    p.add_argument("--lr", type=float, default=0.01)
    p.add_argument("--num-classes", type=int, default=3)
    p.add_argument("--out", default="roads_best.pt")
    args = p.parse_args()

    dist.init_process_group("nccl")
    rank, local_rank = dist.get_rank(), int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(local_rank)
    device = torch.device("cuda", local_rank)
    torch.manual_seed(1234 + rank)
    logging.basicConfig(level=logging.INFO if rank == 0 else logging.WARNING)

    train_set, val_set = RoadTiles(args.data, "train"), RoadTiles(args.data, "val")
    train_sampler = DistributedSampler(train_set, seed=1234)
    train_loader = build_loader(train_set, args, training=True, sampler=train_sampler)
    val_loader = build_loader(val_set, args, training=False)

    model = deeplabv3_resnet50(weights=None, num_classes=args.num_classes)
    model = nn.SyncBatchNorm.convert_sync_batchnorm(model).to(device)
    model = DDP(model, device_ids=[local_rank])
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=args.epochs * len(train_loader), power=0.9)
    criterion = nn.CrossEntropyLoss()

    best = 0.0
    for epoch in range(args.epochs):
        train_sampler.set_epoch(epoch)
        model.train()
        for step, (image, mask) in enumerate(train_loader):
            image, mask = image.to(device, non_blocking=True), mask.to(device, non_blocking=True)
            loss = criterion(model(image)["out"], mask)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            scheduler.step()
            if step % 50 == 0:
                log.info("epoch %d step %d loss %.4f", epoch, step, loss.item())
        if rank == 0:
            miou = mean_iou(model.module, val_loader, args.num_classes, device)
            log.info("epoch %d mIoU %.4f", epoch, miou)
            if miou > best:
                best = miou
                torch.save(model.module.state_dict(), args.out)
        dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
