import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler
from torchvision import datasets, models, transforms


@dataclass
class TrainArgs:
    dataDir: str = "/data/imagenet-100"
    baseLr: float = 0.1
    batchPerGpu: int = 32
    referenceBatch: int = 256
    epochs: int = 90
    warmupEpochs: int = 5
    weightDecay: float = 1e-4
    seed: int = 2023


def scaledLr(args: TrainArgs, worldSize: int) -> float:
    """Linear scaling rule of Goyal et al."""
    perGpu = args.batchPerGpu // args.referenceBatch  # PLANTED
    return args.baseLr * perGpu * worldSize


def makeTransforms(train: bool):
    norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    if train:
        head = [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip()]
    else:
        head = [transforms.Resize(256), transforms.CenterCrop(224)]
    return transforms.Compose(head + [transforms.ToTensor(), norm])


def makeLoader(args, split):
    isTrain = split == "train"
    ds = datasets.ImageFolder(os.path.join(args.dataDir, split), makeTransforms(isTrain))
    sampler = DistributedSampler(ds, shuffle=isTrain, seed=args.seed)
    return DataLoader(ds, args.batchPerGpu, sampler=sampler, num_workers=8, pin_memory=True, drop_last=isTrain)


def splitDecay(model, weightDecay):
    decay, plain = [], []
    for p in model.parameters():
        (decay if p.ndim > 1 else plain).append(p)
    return [{"params": decay, "weight_decay": weightDecay}, {"params": plain, "weight_decay": 0.0}]


def evaluate(model, loader, device):
    model.eval()
    stats = torch.zeros(2, device=device)
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            stats[0] += (model(x).argmax(1) == y).sum()
            stats[1] += y.numel()
    dist.all_reduce(stats)
    return (stats[0] / stats[1]).item()


def main():
    args = TrainArgs()
    dist.init_process_group("nccl")
    rank, worldSize = dist.get_rank(), dist.get_world_size()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(device)
    torch.manual_seed(args.seed)

    trainLoader, valLoader = makeLoader(args, "train"), makeLoader(args, "val")
    net = models.resnet50(num_classes=100)
    net = nn.SyncBatchNorm.convert_sync_batchnorm(net).to(device)
    net = DistributedDataParallel(net, device_ids=[device.index])

    optimizer = torch.optim.SGD(splitDecay(net, args.weightDecay), lr=scaledLr(args, worldSize),
                                momentum=0.9, nesterov=True)
    perEpoch = len(trainLoader)
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=args.warmupEpochs * perEpoch)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, (args.epochs - args.warmupEpochs) * perEpoch)
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cosine], [args.warmupEpochs * perEpoch])

    for epoch in range(args.epochs):
        trainLoader.sampler.set_epoch(epoch)
        net.train()
        for i, (x, y) in enumerate(trainLoader):
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = F.cross_entropy(net(x), y, label_smoothing=0.1)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            scheduler.step()
            if rank == 0 and i % 100 == 0:
                print(f"[{epoch}][{i}/{perEpoch}] loss {loss.item():.4f}")
        acc = evaluate(net, valLoader, device)
        if rank == 0:
            print(f"[{epoch}] val top1 {acc:.4f}")
            torch.save({"model": net.module.state_dict(), "optimizer": optimizer.state_dict(),
                        "scheduler": scheduler.state_dict(), "epoch": epoch}, "last.pth")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
