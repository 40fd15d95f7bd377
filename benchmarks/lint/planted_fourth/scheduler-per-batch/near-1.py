import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.short = nn.Sequential()
        if stride != 1 or cin != cout:
            self.short = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.short(x))


class ResNet20(nn.Module):
    def __init__(self, n_classes=100):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        plan = [(16, 16, 1)] * 3 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2
        self.body = nn.Sequential(*[BasicBlock(*p) for p in plan])
        self.fc = nn.Linear(64, n_classes)

    def forward(self, x):
        return self.fc(self.body(self.stem(x)).mean((2, 3)))


def loaders(root, batch):
    norm = transforms.Normalize((0.507, 0.487, 0.441), (0.267, 0.256, 0.276))
    aug = transforms.Compose([transforms.RandomCrop(32, 4), transforms.RandomHorizontalFlip(), transforms.ToTensor(), norm])
    plain = transforms.Compose([transforms.ToTensor(), norm])
    return (
        DataLoader(datasets.CIFAR100(root, True, aug, download=True), batch, shuffle=True, num_workers=4),
        DataLoader(datasets.CIFAR100(root, False, plain, download=True), 512, num_workers=4),
    )


@torch.no_grad()
def top1(net, loader, device):
    net.eval()
    ok = torch.zeros((), device=device)
    for x, y in loader:
        ok += (net(x.to(device)).argmax(1) == y.to(device)).sum()
    return ok.item() / len(loader.dataset)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--root", default="data")
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--lr", type=float, default=0.05)
    ap.add_argument("--cycle", type=int, default=10, help="epochs in the first cycle")
    ap.add_argument("--epochs", type=int, default=150)
    ap.add_argument("--seed", type=int, default=4)
    args = ap.parse_args()
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    train_loader, test_loader = loaders(args.root, args.batch)
    net = ResNet20().to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9, nesterov=True)
    scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=args.cycle, T_mult=2, eta_min=1e-4)
    iters = len(train_loader)

    for epoch in range(args.epochs):
        net.train()
        for i, (x, y) in enumerate(train_loader):
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            scheduler.step(epoch + (i + 1) / iters)
            if i % 100 == 0:
                print(f"{epoch}:{i} loss {loss.item():.4f} lr {optimizer.param_groups[0]['lr']:.4f}")
        print(f"epoch {epoch} top-1 {top1(net, test_loader, device):.4f}")
    torch.save(net.state_dict(), "resnet20_c100.pt")


if __name__ == "__main__":
    main()
