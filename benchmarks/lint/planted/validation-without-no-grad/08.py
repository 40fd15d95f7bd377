"""Detector with a COCO-style evaluation every epoch (DDP)."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torchmetrics.detection import MeanAveragePrecision

from det import build_detector, loaders


def evaluate(model, loader, device):
    model.eval()
    metric = MeanAveragePrecision()
    for images, targets in loader:  # PLANTED
        outputs = model([im.to(device) for im in images])
        outputs = [{k: v.detach().cpu() for k, v in o.items()} for o in outputs]
        metric.update(outputs, targets)
    return metric.compute()["map"]


def main():
    dist.init_process_group("nccl")
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.manual_seed(0)
    train, val, sampler = loaders(distributed=True)
    model = DistributedDataParallel(build_detector().to(device))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for epoch in range(12):
        sampler.set_epoch(epoch)
        model.train()
        for images, targets in train:
            losses = model([i.to(device) for i in images], [{k: v.to(device) for k, v in t.items()} for t in targets])
            loss = sum(losses.values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        ap = evaluate(model, val, device)
        if dist.get_rank() == 0:
            print(f"epoch {epoch} loss {loss.item():.3f} mAP {ap:.3f}")


if __name__ == "__main__":
    main()
