# Fine-tuning of a ViT; engine in the style of the MAE / DeiT code bases.
import argparse
import json
import math
import os

import numpy as np
import timm
import torch
from timm.utils import accuracy
from torchvision import datasets, transforms


def get_args_parser():
    p = argparse.ArgumentParser("finetune", add_help=False)
    p.add_argument("--data_path", default="/data/imagenet100")
    p.add_argument("--model", default="vit_small_patch16_224")
    p.add_argument("--nb_classes", default=100, type=int)
    p.add_argument("--batch_size", default=128, type=int)
    p.add_argument("--epochs", default=50, type=int)
    p.add_argument("--warmup_epochs", default=5, type=int)
    p.add_argument("--lr", default=5e-4, type=float)
    p.add_argument("--min_lr", default=1e-6, type=float)
    p.add_argument("--weight_decay", default=0.05, type=float)
    p.add_argument("--clip_grad", default=1.0, type=float)
    p.add_argument("--seed", default=0, type=int)
    p.add_argument("--output_dir", default="./out")
    return p


class NativeScalerWithGradNormCount:
    state_dict_key = "amp_scaler"

    def __init__(self):
        self._scaler = torch.cuda.amp.GradScaler()  # PLANTED

    def __call__(self, loss, optimizer, parameters, clip_grad=None):
        self._scaler.scale(loss).backward()
        self._scaler.unscale_(optimizer)
        max_norm = clip_grad if clip_grad is not None else float("inf")
        norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        self._scaler.step(optimizer)
        self._scaler.update()
        return norm

    def state_dict(self):
        return self._scaler.state_dict()

    def load_state_dict(self, state_dict):
        self._scaler.load_state_dict(state_dict)


def adjust_learning_rate(optimizer, epoch, args):
    if epoch < args.warmup_epochs:
        lr = args.lr * epoch / args.warmup_epochs
    else:
        t = (epoch - args.warmup_epochs) / (args.epochs - args.warmup_epochs)
        lr = args.min_lr + (args.lr - args.min_lr) * 0.5 * (1.0 + math.cos(math.pi * t))
    for group in optimizer.param_groups:
        group["lr"] = lr
    return lr


def train_one_epoch(model, criterion, loader, optimizer, epoch, loss_scaler, args):
    model.train()
    for step, (samples, targets) in enumerate(loader):
        adjust_learning_rate(optimizer, step / len(loader) + epoch, args)
        samples = samples.cuda(non_blocking=True)
        targets = targets.cuda(non_blocking=True)
        with torch.amp.autocast("cuda", dtype=torch.float16):
            loss = criterion(model(samples), targets)
        optimizer.zero_grad()
        norm = loss_scaler(loss, optimizer, model.parameters(), clip_grad=args.clip_grad)
        if step % 50 == 0:
            print(f"epoch {epoch} [{step}/{len(loader)}] loss {loss.item():.4f} norm {norm.item():.3f}")


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    seen, top1 = 0, 0.0
    for images, target in loader:
        images, target = images.cuda(), target.cuda()
        with torch.amp.autocast("cuda", dtype=torch.float16):
            output = model(images)
        acc1, = accuracy(output, target, topk=(1,))
        top1 += acc1 * images.shape[0]
        seen += images.shape[0]
    return float(top1) / seen


def build_loader(is_train, args):
    norm = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    if is_train:
        t = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(),
                                transforms.ToTensor(), norm])
    else:
        t = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), norm])
    ds = datasets.ImageFolder(os.path.join(args.data_path, "train" if is_train else "val"), t)
    return torch.utils.data.DataLoader(ds, batch_size=args.batch_size, shuffle=is_train,
                                       drop_last=is_train, num_workers=10, pin_memory=True)


def main(args):
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    os.makedirs(args.output_dir, exist_ok=True)
    loader_train, loader_val = build_loader(True, args), build_loader(False, args)
    model = timm.create_model(args.model, pretrained=True, num_classes=args.nb_classes, drop_path_rate=0.1).cuda()
    skip = model.no_weight_decay()
    decay = [p for n, p in model.named_parameters() if p.ndim > 1 and n not in skip]
    plain = [p for n, p in model.named_parameters() if p.ndim <= 1 or n in skip]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": args.weight_decay},
                                   {"params": plain, "weight_decay": 0.0}], lr=args.lr)
    loss_scaler = NativeScalerWithGradNormCount()
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(args.epochs):
        train_one_epoch(model, criterion, loader_train, optimizer, epoch, loss_scaler, args)
        acc1 = evaluate(model, loader_val)
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                    "scaler": loss_scaler.state_dict(), "epoch": epoch},
                   os.path.join(args.output_dir, "checkpoint.pth"))
        with open(os.path.join(args.output_dir, "log.txt"), "a") as f:
            f.write(json.dumps({"epoch": epoch, "acc1": acc1}) + "\n")


if __name__ == "__main__":
    main(get_args_parser().parse_args())
