# Binary road segmentation with resume support.
import argparse
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision.io import ImageReadMode, read_image


def conv_block(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
        nn.Conv2d(cout, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, base=32, depth=4):
        super().__init__()
        chs = [base * 2 ** i for i in range(depth)]
        self.down = nn.ModuleList(conv_block(i, o) for i, o in zip([3] + chs[:-1], chs))
        self.up = nn.ModuleList(nn.ConvTranspose2d(c, c // 2, 2, 2) for c in reversed(chs[1:]))
        self.merge = nn.ModuleList(conv_block(c, c // 2) for c in reversed(chs[1:]))
        self.head = nn.Conv2d(base, 1, 1)

    def forward(self, x):
        skips = []
        for i, block in enumerate(self.down):
            x = block(x if i == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        for up, merge, skip in zip(self.up, self.merge, reversed(skips[:-1])):
            x = merge(torch.cat([up(x), skip], 1))
        return self.head(x)


class RoadTiles(Dataset):
    def __init__(self, root, train):
        self.root, self.train = root, train
        self.names = sorted(os.listdir(os.path.join(root, "images")))

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        n = self.names[i]
        img = read_image(os.path.join(self.root, "images", n), ImageReadMode.RGB).float() / 255
        msk = read_image(os.path.join(self.root, "masks", n), ImageReadMode.GRAY).gt(127).float()
        if self.train and torch.rand(()) < 0.5:
            img, msk = img.flip(-1), msk.flip(-1)
        return img * 2 - 1, msk


def build(args):
    net = UNet(args.base)
    opt = torch.optim.RMSprop(net.parameters(), lr=args.lr, momentum=0.9)  # PLANTED
    sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, mode="max", patience=3)
    return net, opt, sched


def resume(path, net, opt, sched):
    if not os.path.exists(path):
        return 0, 0.0
    state = torch.load(path, map_location="cpu", weights_only=True)
    net.load_state_dict(state["net"])
    opt.load_state_dict(state["opt"])
    sched.load_state_dict(state["sched"])
    return state["epoch"] + 1, state["best"]


@torch.no_grad()
def mean_iou(net, loader):
    net.eval()
    inter = union = 0
    for img, msk in loader:
        pred = net(img.cuda()) > 0
        msk = msk.cuda() > 0.5
        inter += (pred & msk).sum().item()
        union += (pred | msk).sum().item()
    return inter / max(union, 1)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data", default="data/roads")
    p.add_argument("--base", type=int, default=32)
    p.add_argument("--lr", type=float, default=1e-4)
    p.add_argument("--bs", type=int, default=8)
    p.add_argument("--epochs", type=int, default=60)
    p.add_argument("--ckpt", default="last.pt")
    args = p.parse_args()

    torch.manual_seed(17)
    train = DataLoader(RoadTiles(f"{args.data}/train", True), args.bs, shuffle=True, num_workers=4, drop_last=True)
    val = DataLoader(RoadTiles(f"{args.data}/val", False), args.bs, num_workers=4)

    net, opt, sched = build(args)
    start, best = resume(args.ckpt, net, opt, sched)
    net = net.cuda()
    criterion = nn.BCEWithLogitsLoss()

    for epoch in range(start, args.epochs):
        net.train()
        total = torch.zeros((), device="cuda")
        for img, msk in train:
            img, msk = img.cuda(non_blocking=True), msk.cuda(non_blocking=True)
            opt.zero_grad()
            loss = criterion(net(img), msk)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            total += loss.detach()
        iou = mean_iou(net, val)
        sched.step(iou)
        print(f"epoch {epoch} loss {total.item() / len(train):.4f} val IoU {iou:.4f}")
        if iou > best:
            best = iou
            torch.save(net.state_dict(), "best.pt")
        torch.save({"net": net.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(),
                    "epoch": epoch, "best": best}, args.ckpt)


if __name__ == "__main__":
    main()
