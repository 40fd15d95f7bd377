import datetime
import os
import time
from pathlib import Path

import torch
import torch.distributed as dist
import torchvision
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import BatchSampler, DataLoader, DistributedSampler, RandomSampler
from torchvision import tv_tensors
from torchvision.transforms import v2 as T


def init_distributed(args):
    if "RANK" not in os.environ:
        args.distributed, args.rank, args.gpu = False, 0, 0
        return
    args.distributed = True
    args.rank, args.gpu = int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(args.gpu)
    dist.init_process_group("nccl")


def get_dataset(root, split, train):
    tfms = [T.ToImage()]
    if train:
        tfms += [T.RandomPhotometricDistort(), T.RandomHorizontalFlip()]
    tfms += [T.ToDtype(torch.float32, scale=True), T.SanitizeBoundingBoxes()]
    ds = torchvision.datasets.VOCDetection(root, image_set=split, download=False, transforms=None)
    classes = sorted({o["name"] for _, t in ds for o in t["annotation"]["object"]})
    return VOCBoxes(ds, classes, T.Compose(tfms))


class VOCBoxes(torch.utils.data.Dataset):
    def __init__(self, base, classes, tfm):
        self.base, self.tfm = base, tfm
        self.index = {c: i + 1 for i, c in enumerate(classes)}

    def __len__(self):
        return len(self.base)

    def __getitem__(self, i):
        img, ann = self.base[i]
        objs = ann["annotation"]["object"]
        boxes = [[float(o["bndbox"][k]) for k in ("xmin", "ymin", "xmax", "ymax")] for o in objs]
        target = {
            "boxes": tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=img.size[::-1]),
            "labels": torch.tensor([self.index[o["name"]] for o in objs]),
        }
        return self.tfm(img, target)


def collate_fn(batch):
    return tuple(zip(*batch))


def train_one_epoch(model, optimizer, warmup, loader, device, epoch, print_freq):
    model.train()
    for it, (images, targets) in enumerate(loader):
        images = [im.to(device) for im in images]
        targets = [{k: v.to(device) for k, v in t.items()} for t in targets]
        losses = sum(model(images, targets).values())
        optimizer.zero_grad()
        losses.backward()
        optimizer.step()
        if warmup is not None:
            warmup.step()
        if it % print_freq == 0:
            print(f"[{epoch}][{it}/{len(loader)}] loss {losses.item():.4f} lr {optimizer.param_groups[0]['lr']:.5f}")


def main(args):
    init_distributed(args)
    torch.manual_seed(args.seed)
    device = torch.device("cuda", args.gpu)
    dataset = get_dataset(args.data_path, "train", train=True)

    if args.distributed:
        train_sampler = DistributedSampler(dataset)
    else:
        train_sampler = RandomSampler(dataset)
    train_batch_sampler = BatchSampler(train_sampler, args.batch_size, drop_last=True)
    data_loader = DataLoader(dataset, batch_sampler=train_batch_sampler, num_workers=args.workers, collate_fn=collate_fn)

    model = torchvision.models.detection.fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone="DEFAULT", num_classes=len(dataset.index) + 1).to(device)
    model_without_ddp = model
    if args.distributed:
        model = DistributedDataParallel(model, device_ids=[args.gpu])
        model_without_ddp = model.module
    params = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(params, lr=args.lr, momentum=0.9)
    lr_scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=args.lr_steps, gamma=0.1)

    start_epoch = 0
    if args.resume:
        checkpoint = torch.load(args.resume, map_location=device, weights_only=True)
        model_without_ddp.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        lr_scheduler.load_state_dict(checkpoint["lr_scheduler"])
        start_epoch = checkpoint["epoch"] + 1

    print("Start training")
    start_time = time.time()
    if args.distributed:
        train_sampler.set_epoch(start_epoch)
    for epoch in range(start_epoch, args.epochs):  # PLANTED
        warmup = None
        if epoch == 0:
            n = min(1000, len(data_loader) - 1)
            warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1e-3, total_iters=n)
        train_one_epoch(model, optimizer, warmup, data_loader, device, epoch, args.print_freq)
        lr_scheduler.step()
        if args.rank == 0:
            Path(args.output_dir).mkdir(parents=True, exist_ok=True)
            torch.save({"model": model_without_ddp.state_dict(), "optimizer": optimizer.state_dict(),
                        "lr_scheduler": lr_scheduler.state_dict(), "epoch": epoch},
                       os.path.join(args.output_dir, "checkpoint.pth"))
    print("Training time", datetime.timedelta(seconds=int(time.time() - start_time)))


if __name__ == "__main__":
    import argparse

    p = argparse.ArgumentParser()
    p.add_argument("--data-path", default="data/voc")
    p.add_argument("--output-dir", default="runs/voc")
    p.add_argument("-b", "--batch-size", default=2, type=int)
    p.add_argument("--epochs", default=26, type=int)
    p.add_argument("--workers", default=4, type=int)
    p.add_argument("--lr", default=0.02, type=float)
    p.add_argument("--lr-steps", default=[16, 22], nargs="+", type=int)
    p.add_argument("--print-freq", default=20, type=int)
    p.add_argument("--seed", default=0, type=int)
    p.add_argument("--resume", default="")
    main(p.parse_args())
