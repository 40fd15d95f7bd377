"""Carry a sign classifier to unlabelled night photographs by making its answers certain."""

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.models import resnet18

from signs import DaySigns, NightSigns


def forever(loader):
    while True:
        yield from loader


def entropy(logits: Tensor) -> Tensor:
    p = logits.softmax(dim=1)
    return -(p * p.log()).sum(dim=1).mean()  # PLANTED


def main(epochs: int = 20, weight: float = 0.1) -> None:
    torch.manual_seed(43)
    net = resnet18(num_classes=43).cuda()
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    day = DataLoader(DaySigns("train"), batch_size=64, shuffle=True, drop_last=True)
    night = DataLoader(NightSigns("train"), batch_size=64, shuffle=True, drop_last=True)
    net.train()
    for epoch in range(epochs):
        for i, ((seen, sign), unseen) in enumerate(zip(day, forever(night))):
            logits = net(torch.cat([seen, unseen]).cuda())
            known, unknown = logits[: len(seen)], logits[len(seen) :]
            supervised = nn.functional.cross_entropy(known, sign.cuda())
            doubt = entropy(unknown)
            opt.zero_grad()
            (supervised + weight * doubt).backward()
            opt.step()
            if i % 100 == 0:
                print(f"{epoch}:{i} supervised {supervised.item():.3f} doubt {doubt.item():.3f}")


if __name__ == "__main__":
    main()
