import argparse
import os
import sys

import torch
import torch.backends.cudnn as cudnn
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms


class AverageMeter(object):
    """Computes and stores the running average"""

    def __init__(self, name, fmt=":f"):
        self.name = name
        self.fmt = fmt
        self.reset()

    def reset(self):
        self.sum = 0
        self.count = 0

    def update(self, val, n=1):
        self.sum += val * n  # PLANTED
        self.count += n

    @property
    def avg(self):
        return float(self.sum) / max(self.count, 1)

    def __str__(self):
        return ("{name} {avg" + self.fmt + "}").format(name=self.name, avg=self.avg)


class ProgressMeter(object):
    def __init__(self, num_batches, meters, prefix=""):
        self.num_batches = num_batches
        self.meters = meters
        self.prefix = prefix

    def display(self, batch):
        entries = [f"{self.prefix}[{batch}/{self.num_batches}]"]
        entries += [str(meter) for meter in self.meters]
        print("\t".join(entries))
        sys.stdout.flush()


def accuracy(output, target, topk=(1,)):
    with torch.no_grad():
        _, pred = output.topk(max(topk), 1, True, True)
        correct = pred.t().eq(target.view(1, -1))
        return [correct[:k].reshape(-1).float().mean() * 100.0 * k for k in topk]


def train(loader, model, criterion, optimizer, epoch, args):
    losses = AverageMeter("Loss", ":.4e")
    top1 = AverageMeter("Acc@1", ":6.2f")
    top5 = AverageMeter("Acc@5", ":6.2f")
    progress = ProgressMeter(len(loader), [losses, top1, top5], prefix=f"Epoch: [{epoch}]")

    model.train()
    for i, (images, target) in enumerate(loader):
        images = images.to(args.device, non_blocking=True)
        target = target.to(args.device, non_blocking=True)

        output = model(images)
        loss = criterion(output, target)
        acc1, acc5 = accuracy(output, target, topk=(1, 5))
        losses.update(loss, images.size(0))
        top1.update(acc1, images.size(0))
        top5.update(acc5, images.size(0))

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        if i % args.print_freq == 0:
            progress.display(i)


def validate(loader, model, criterion, args):
    losses = AverageMeter("Loss", ":.4e")
    top1 = AverageMeter("Acc@1", ":6.2f")
    progress = ProgressMeter(len(loader), [losses, top1], prefix="Test: ")

    model.eval()
    with torch.no_grad():
        for images, target in loader:
            images = images.to(args.device, non_blocking=True)
            target = target.to(args.device, non_blocking=True)
            output = model(images)
            losses.update(criterion(output, target), images.size(0))
            top1.update(accuracy(output, target)[0], images.size(0))
    progress.display(len(loader))
    return top1.avg


def build_loader(args, split):
    normalize = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    if split == "train":
        tf = [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip()]
    else:
        tf = [transforms.Resize(256), transforms.CenterCrop(224)]
    ds = datasets.ImageFolder(os.path.join(args.data, split), transforms.Compose(tf + [transforms.ToTensor(), normalize]))
    return DataLoader(ds, args.batch_size, shuffle=split == "train", num_workers=args.workers, pin_memory=True)


def main():
    parser = argparse.ArgumentParser(description="Food-101 training")
    parser.add_argument("data")
    parser.add_argument("-a", "--arch", default="resnet34")
    parser.add_argument("-j", "--workers", default=8, type=int)
    parser.add_argument("--epochs", default=60, type=int)
    parser.add_argument("-b", "--batch-size", default=128, type=int)
    parser.add_argument("--lr", default=0.05, type=float)
    parser.add_argument("-p", "--print-freq", default=50, type=int)
    parser.add_argument("--seed", default=100, type=int)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    cudnn.benchmark = True
    args.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    train_loader, val_loader = build_loader(args, "train"), build_loader(args, "val")
    model = models.__dict__[args.arch](num_classes=101).to(args.device)
    criterion = nn.CrossEntropyLoss().to(args.device)
    optimizer = torch.optim.SGD(model.parameters(), args.lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)

    best_acc1 = 0.0
    for epoch in range(args.epochs):
        train(train_loader, model, criterion, optimizer, epoch, args)
        acc1 = validate(val_loader, model, criterion, args)
        scheduler.step()
        state = {"epoch": epoch + 1, "arch": args.arch, "state_dict": model.state_dict(), "best_acc1": max(acc1, best_acc1),
                 "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
        torch.save(state, "checkpoint.pth.tar")
        if acc1 > best_acc1:
            best_acc1 = acc1
            torch.save(state, "model_best.pth.tar")


if __name__ == "__main__":
    main()
