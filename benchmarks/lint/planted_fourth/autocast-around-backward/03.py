"""engine_finetune.py: fine-tuning a ViT, adapted from the MAE repository."""
import argparse
import math
import os
import sys

import timm
import torch
import torchvision.transforms as T
from torchvision.datasets import ImageFolder


class NativeScalerWithGradNormCount:
    state_dict_key = "amp_scaler"

    def __init__(self):
        self._scaler = torch.amp.GradScaler("cuda")

    def __call__(self, loss, optimizer, clip_grad=None, parameters=None, update_grad=True):
        self._scaler.scale(loss).backward()  # PLANTED
        norm = None
        if update_grad:
            self._scaler.unscale_(optimizer)
            norm = torch.nn.utils.clip_grad_norm_(parameters, clip_grad if clip_grad else float("inf"))
            self._scaler.step(optimizer)
            self._scaler.update()
        return norm

    def state_dict(self):
        return self._scaler.state_dict()

    def load_state_dict(self, sd):
        self._scaler.load_state_dict(sd)


def adjust_learning_rate(optimizer, epoch, args):
    if epoch < args.warmup_epochs:
        lr = args.lr * epoch / args.warmup_epochs
    else:
        t = (epoch - args.warmup_epochs) / (args.epochs - args.warmup_epochs)
        lr = args.min_lr + (args.lr - args.min_lr) * 0.5 * (1.0 + math.cos(math.pi * t))
    for group in optimizer.param_groups:
        group["lr"] = lr
    return lr


def train_one_epoch(model, criterion, data_loader, optimizer, device, epoch, loss_scaler, args):
    model.train(True)
    accum_iter = args.accum_iter
    optimizer.zero_grad()
    n_iter = len(data_loader) // accum_iter * accum_iter
    for it, (samples, targets) in enumerate(data_loader):
        if it >= n_iter:
            break
        if it % accum_iter == 0:
            lr = adjust_learning_rate(optimizer, it / len(data_loader) + epoch, args)
        samples = samples.to(device, non_blocking=True)
        targets = targets.to(device, non_blocking=True)

        with torch.autocast("cuda", dtype=torch.float16):
            outputs = model(samples)
            loss = criterion(outputs, targets)

            update = (it + 1) % accum_iter == 0
            loss_scaler(loss / accum_iter, optimizer, clip_grad=args.clip_grad,
                        parameters=model.parameters(), update_grad=update)
        if update:
            optimizer.zero_grad()

        if it % args.print_freq == 0:
            value = loss.item()
            if not math.isfinite(value):
                print(f"Loss is {value}, stopping training")
                sys.exit(1)
            print(f"Epoch: [{epoch}] [{it}/{n_iter}] lr {lr:.6f} loss {value:.4f}")


@torch.no_grad()
def evaluate(data_loader, model, device):
    model.eval()
    hits, total = torch.zeros((), device=device), 0
    for images, target in data_loader:
        images, target = images.to(device), target.to(device)
        with torch.autocast("cuda", dtype=torch.float16):
            output = model(images)
        hits += (output.argmax(1) == target).sum()
        total += target.numel()
    return (100.0 * hits / total).item()


def main(args):
    torch.manual_seed(args.seed)
    device = torch.device("cuda")
    norm = T.Normalize(timm.data.IMAGENET_DEFAULT_MEAN, timm.data.IMAGENET_DEFAULT_STD)
    tf_train = T.Compose([T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.RandAugment(), T.ToTensor(), norm])
    tf_val = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), norm])
    ds_train = ImageFolder(os.path.join(args.data_path, "train"), tf_train)
    ds_val = ImageFolder(os.path.join(args.data_path, "val"), tf_val)
    dl_train = torch.utils.data.DataLoader(ds_train, args.batch_size, shuffle=True, num_workers=8, drop_last=True)
    dl_val = torch.utils.data.DataLoader(ds_val, args.batch_size, num_workers=8)

    model = timm.create_model("vit_base_patch16_224", pretrained=True, num_classes=len(ds_train.classes),
                              drop_path_rate=0.1).to(device)
    skip = model.no_weight_decay()
    decay = [p for n, p in model.named_parameters() if p.ndim > 1 and n not in skip]
    no_decay = [p for n, p in model.named_parameters() if p.ndim <= 1 or n in skip]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05},
                                   {"params": no_decay, "weight_decay": 0.0}], lr=args.lr)
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    loss_scaler = NativeScalerWithGradNormCount()

    for epoch in range(args.epochs):
        train_one_epoch(model, criterion, dl_train, optimizer, device, epoch, loss_scaler, args)
        print(f"Epoch {epoch} acc1 {evaluate(dl_val, model, device):.2f}")
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch,
                    "scaler": loss_scaler.state_dict()}, os.path.join(args.output_dir, "checkpoint-last.pth"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser("ViT fine-tuning")
    parser.add_argument("--data_path", required=True)
    parser.add_argument("--output_dir", default=".")
    parser.add_argument("--batch_size", default=64, type=int)
    parser.add_argument("--accum_iter", default=4, type=int)
    parser.add_argument("--epochs", default=50, type=int)
    parser.add_argument("--warmup_epochs", default=5, type=int)
    parser.add_argument("--lr", default=5e-4, type=float)
    parser.add_argument("--min_lr", default=1e-6, type=float)
    parser.add_argument("--clip_grad", default=1.0, type=float)
    parser.add_argument("--print_freq", default=50, type=int)
    parser.add_argument("--seed", default=0, type=int)
    main(parser.parse_args())
