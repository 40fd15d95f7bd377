"""Config-driven training of a tracker."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from tracks import TrackNet, loader


@dataclass
class Run:
    lr: float = 1e-3
    epochs: int = 30
    seed: int = 8


def main(run=Run()):
    torch.manual_seed(run.seed)
    net = TrackNet().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=run.lr)
    scaler = torch.amp.GradScaler("cuda", enabled=False)
    for epoch in range(run.epochs):
        net.train()
        for x, y in loader("train", shuffle=True):
            opt.zero_grad()
            with torch.autocast("cuda", dtype=torch.float16):
                loss = F.mse_loss(net(x.cuda()), y.cuda())
            scaler.scale(loss).backward()  # PLANTED
            scaler.step(opt)
            scaler.update()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
