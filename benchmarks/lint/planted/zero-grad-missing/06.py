"""Mixed-precision training of a ResNet on CIFAR-10."""
import argparse

import torch
import torch.nn.functional as F
import torchvision
from torchvision import transforms as tf


def train_one_epoch(net, loader, optim, scaler, device):
    net.train()
    total = torch.zeros((), device=device)
    for x, y in loader:
        x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
        with torch.autocast(device_type="cuda", dtype=torch.float16):
            loss = F.cross_entropy(net(x), y)
        scaler.scale(loss).backward()  # PLANTED
        scaler.step(optim)
        scaler.update()
        total += loss.detach()
    return (total / len(loader)).item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--epochs", type=int, default=30)
    ap.add_argument("--lr", type=float, default=0.1)
    args = ap.parse_args()
    torch.manual_seed(1)
    aug = tf.Compose([tf.RandomCrop(32, 4), tf.RandomHorizontalFlip(), tf.ToTensor()])
    data = torchvision.datasets.CIFAR10("./data", transform=aug, download=True)
    loader = torch.utils.data.DataLoader(data, 256, shuffle=True, num_workers=4, pin_memory=True)
    net = torchvision.models.resnet18(num_classes=10).cuda()
    optim = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9, nesterov=True)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(optim, T_max=args.epochs)
    scaler = torch.amp.GradScaler("cuda")
    for epoch in range(args.epochs):
        avg = train_one_epoch(net, loader, optim, scaler, "cuda")
        sched.step()
        print(f"{epoch:3d}  {avg:.4f}")


if __name__ == "__main__":
    main()
