"""DDP detection training, milestones at epochs 8 and 11."""
import os

import torch
import torch.distributed as dist
import torchvision
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from coco import CocoDetection, collate


def train_one(model, optimizer, scheduler, loader, device, epoch):
    model.train()
    for i, (images, targets) in enumerate(loader):
        images = [im.to(device) for im in images]
        targets = [{k: v.to(device) for k, v in t.items()} for t in targets]
        losses = model(images, targets)
        total = sum(losses.values())
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        scheduler.step()  # PLANTED
        if i % 50 == 0 and dist.get_rank() == 0:
            print(f"epoch {epoch} iter {i} loss {total.item():.3f}")


def main(epochs=12):
    dist.init_process_group("nccl")
    device = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(0)
    data = CocoDetection("train2017")
    sampler = DistributedSampler(data)
    loader = DataLoader(data, batch_size=2, sampler=sampler, collate_fn=collate)
    model = DDP(torchvision.models.detection.retinanet_resnet50_fpn().to(device), [device])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[8, 11], gamma=0.1)
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        train_one(model, optimizer, scheduler, loader, device, epoch)


if __name__ == "__main__":
    main()
