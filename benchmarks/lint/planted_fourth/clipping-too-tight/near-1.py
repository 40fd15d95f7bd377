"""Normalizer-free ResNet on Imagenette with adaptive gradient clipping."""
import argparse
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import Imagenette


class WSConv2d(nn.Conv2d):
    """Convolution with scaled weight standardisation."""

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x):
        w = self.weight
        fan_in = w[0].numel()
        var, mean = torch.var_mean(w, dim=(1, 2, 3), keepdim=True)
        w = (w - mean) * torch.rsqrt(var * fan_in + 1e-4) * self.gain
        return F.conv2d(x, w, self.bias, self.stride, self.padding)


def act(x):
    return F.relu(x) * math.sqrt(2 / (1 - 1 / math.pi))


class NFBlock(nn.Module):
    def __init__(self, i, o, stride, beta, alpha=0.2):
        super().__init__()
        self.beta, self.alpha = beta, alpha
        self.c1, self.c2 = WSConv2d(i, o, 3, stride, 1), WSConv2d(o, o, 3, 1, 1)
        self.short = WSConv2d(i, o, 1, stride) if stride > 1 or i != o else None
        self.skip_gain = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        h = act(x) * self.beta
        short = self.short(h) if self.short is not None else x
        return short + self.alpha * self.skip_gain * self.c2(act(self.c1(h)))


def nf_resnet(n_classes):
    blocks, width, var = [], 64, 1.0
    for o, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)]:
        first = stride > 1 or o != width
        blocks.append(NFBlock(width, o, stride, 1 / math.sqrt(var)))
        var = 1.0 + 0.04 if first else var + 0.04
        width = o
    return nn.Sequential(WSConv2d(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1), *blocks, nn.ReLU(),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(512, n_classes))


def unit_norm(t):
    if t.ndim <= 1:
        return t.norm()
    return t.flatten(1).norm(dim=1).view(-1, *[1] * (t.ndim - 1))


@torch.no_grad()
def clip_gradients(params, factor, eps=1e-3):
    for p in params:
        if p.grad is None:
            continue
        limit = unit_norm(p).clamp(min=eps) * factor
        norm = unit_norm(p.grad)
        p.grad.copy_(torch.where(norm > limit, p.grad * (limit / norm.clamp(min=1e-6)), p.grad))


@torch.no_grad()
def accuracy(net, loader, dev):
    net.eval()
    hits, n = torch.zeros((), device=dev), 0
    for x, y in loader:
        hits += (net(x.to(dev)).argmax(1) == y.to(dev)).sum()
        n += len(y)
    return (hits / n).item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--batch", type=int, default=256)
    ap.add_argument("--lr", type=float, default=0.1)
    ap.add_argument("--epochs", type=int, default=60)
    ap.add_argument("--clip", type=float, default=0.01)
    ap.add_argument("--seed", type=int, default=21)
    a = ap.parse_args()
    torch.manual_seed(a.seed)
    dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    norm = T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    aug = T.Compose([T.RandomResizedCrop(160, (0.35, 1)), T.RandomHorizontalFlip(), T.ToTensor(), norm])
    plain = T.Compose([T.Resize(192), T.CenterCrop(160), T.ToTensor(), norm])
    train = DataLoader(Imagenette("data", "train", "320px", transform=aug), a.batch, shuffle=True,
                       drop_last=True, num_workers=8)
    valid = DataLoader(Imagenette("data", "val", "320px", transform=plain), a.batch, num_workers=4)

    net = nf_resnet(10).to(dev)
    head = {id(p) for p in net[-1].parameters()}
    clipped = [p for p in net.parameters() if id(p) not in head]
    opt = torch.optim.SGD(net.parameters(), lr=a.lr, momentum=0.9, nesterov=True)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, a.lr, epochs=a.epochs, steps_per_epoch=len(train), pct_start=0.1)
    for epoch in range(a.epochs):
        net.train()
        for i, (x, y) in enumerate(train):
            loss = F.cross_entropy(net(x.to(dev)), y.to(dev), label_smoothing=0.1)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            clip_gradients(clipped, a.clip)
            opt.step()
            sched.step()
            if i % 20 == 0:
                print(f"epoch {epoch} it {i} loss {loss.item():.4f}")
        print(f"epoch {epoch} accuracy {accuracy(net, valid, dev):.4f}")
    torch.save(net.state_dict(), "nf_resnet.pt")


if __name__ == "__main__":
    main()
