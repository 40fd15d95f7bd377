"""A tracker whose precision is a plug-in object of the loop."""
from contextlib import nullcontext
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from tracks import TrackNet, loader


class Full:
    def cast(self):
        return nullcontext()


class Half:
    def cast(self):
        return torch.autocast("cuda", dtype=torch.float16)


@dataclass
class Run:
    precision: type = Half
    lr: float = 1e-3
    epochs: int = 30
    seed: int = 8


def update(net, batch, opt, precision):
    x, y = (t.cuda(non_blocking=True) for t in batch)
    with precision.cast():
        loss = F.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()  # PLANTED
    opt.step()
    return loss.detach()


def main(run=Run()):
    torch.manual_seed(run.seed)
    net, precision = TrackNet().cuda().train(), run.precision()
    opt = torch.optim.Adam(net.parameters(), lr=run.lr)
    for epoch in range(run.epochs):
        losses = [update(net, b, opt, precision) for b in loader("train", shuffle=True)]
        print(epoch, torch.stack(losses).mean().item())


if __name__ == "__main__":
    main()
