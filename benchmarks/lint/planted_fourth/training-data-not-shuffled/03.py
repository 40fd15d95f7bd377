"""Distributed ImageNet-style training of a self-built backbone with a YAML config."""
import os
import sys
import time

import torch
import torch.distributed as dist
import yaml
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler
from torchvision import datasets, transforms
from torchvision.models import regnet_y_400mf


def get_transform(is_train, size):
    tail = [transforms.ToTensor(), transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]
    if is_train:
        return transforms.Compose([transforms.RandomResizedCrop(size), transforms.RandomHorizontalFlip()] + tail)
    return transforms.Compose([transforms.Resize(int(size * 1.14)), transforms.CenterCrop(size)] + tail)


class DataPipeline:
    def __init__(self, cfg, world_size, rank):
        self.cfg, self.world_size, self.rank = cfg, world_size, rank

    def _folder(self, split):
        tf = get_transform(split == "train", self.cfg["image_size"])
        return datasets.ImageFolder(os.path.join(self.cfg["root"], split), tf)

    def _sampler(self, dataset):
        return DistributedSampler(dataset, self.world_size, self.rank, shuffle=False)  # PLANTED

    def loader(self, split):
        dataset = self._folder(split)
        return DataLoader(
            dataset,
            batch_size=self.cfg["batch_per_gpu"],
            sampler=self._sampler(dataset),
            num_workers=self.cfg["workers"],
            pin_memory=True,
            drop_last=split == "train",
        )


def param_groups(model, wd):
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": decay, "weight_decay": wd}, {"params": rest, "weight_decay": 0.0}]


@torch.no_grad()
def top1(model, loader, device):
    model.eval()
    stat = torch.zeros(2, device=device)
    for x, y in loader:
        x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
        stat[0] += (model(x).argmax(1) == y).sum()
        stat[1] += y.numel()
    dist.all_reduce(stat)
    return (stat[0] / stat[1]).item()


def run(cfg):
    dist.init_process_group("nccl")
    rank, world = dist.get_rank(), dist.get_world_size()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(device)
    torch.manual_seed(cfg["seed"] + rank)

    pipeline = DataPipeline(cfg["data"], world, rank)
    train_loader, val_loader = pipeline.loader("train"), pipeline.loader("val")
    model = regnet_y_400mf(num_classes=cfg["num_classes"]).to(device)
    model = DistributedDataParallel(model, device_ids=[device.index])
    optim_cfg = cfg["optim"]
    optimizer = torch.optim.SGD(
        param_groups(model, optim_cfg["weight_decay"]), lr=optim_cfg["lr"], momentum=0.9, nesterov=True
    )
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, cfg["epochs"])
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1).to(device)
    start = 0
    if os.path.exists(cfg["checkpoint"]):
        state = torch.load(cfg["checkpoint"], map_location=device, weights_only=True)
        model.module.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        scheduler.load_state_dict(state["scheduler"])
        start = state["epoch"] + 1

    for epoch in range(start, cfg["epochs"]):
        train_loader.sampler.set_epoch(epoch)
        model.train()
        tic = time.time()
        for it, (x, y) in enumerate(train_loader):
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            loss = criterion(model(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if rank == 0 and it % cfg["log_every"] == 0:
                print(f"[{epoch}][{it}/{len(train_loader)}] loss {loss.item():.3f} {time.time() - tic:.0f}s", flush=True)
        scheduler.step()
        acc = top1(model, val_loader, device)
        if rank == 0:
            print(f"[{epoch}] top-1 {acc:.4f}", flush=True)
            torch.save({
                "model": model.module.state_dict(),
                "optimizer": optimizer.state_dict(),
                "scheduler": scheduler.state_dict(),
                "epoch": epoch,
            }, cfg["checkpoint"])
        dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    with open(sys.argv[1]) as fh:
        run(yaml.safe_load(fh))
