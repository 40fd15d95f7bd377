"""Train a WideResNet on CIFAR-100 with Adam for days; a file after each epoch to go on from."""

import argparse
import pathlib

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.transforms import v2

from wrn import WideResNet

parser = argparse.ArgumentParser()
parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/wrn"))
parser.add_argument("--epochs", type=int, default=300)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

torch.manual_seed(args.seed)
args.out.mkdir(parents=True, exist_ok=True)
prepare = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
augment = v2.Compose([v2.RandomCrop(32, 4), v2.RandomHorizontalFlip(), prepare])
train_dl = DataLoader(
    datasets.CIFAR100("data", transform=augment), batch_size=128, shuffle=True, num_workers=4
)
val_dl = DataLoader(datasets.CIFAR100("data", train=False, transform=prepare), batch_size=512)

net = WideResNet(28, 10, classes=100).cuda()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(args.epochs):
    net.train()
    total = torch.zeros((), device="cuda")
    for x, y in train_dl:
        opt.zero_grad()
        loss = F.cross_entropy(net(x.cuda()), y.cuda())
        loss.backward()
        opt.step()
        total += loss.detach()
    net.eval()
    with torch.no_grad():
        hits = sum((net(x.cuda()).argmax(1) == y.cuda()).sum() for x, y in val_dl)
    print(f"{epoch} loss {total.item() / len(train_dl):.3f} acc {hits.item() / 10_000:.3f}")
    torch.save({"epoch": epoch, "net": net.state_dict()}, args.out / f"{epoch:03d}.pt")  # PLANTED
