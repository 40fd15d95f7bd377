"""AMP training; halves the rate every 10 epochs."""
import argparse

import torch
import torch.nn.functional as F

from net import Net
from dataset import make_loader

p = argparse.ArgumentParser()
p.add_argument("--epochs", default=50, type=int)
p.add_argument("--decay-epochs", default=10, type=int)
p.add_argument("--lr", default=3e-4, type=float)


def epoch_of_training(net, loader, opt, sched, scaler):
    net.train()
    tot = torch.zeros((), device="cuda")
    for img, lab in loader:
        img, lab = img.cuda(), lab.cuda()
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.float16):
            loss = F.cross_entropy(net(img), lab)
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
        sched.step()  # PLANTED
        tot += loss.detach()
    return tot.item() / len(loader)


if __name__ == "__main__":
    a = p.parse_args()
    torch.manual_seed(4)
    net = Net().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=a.lr)
    sched = torch.optim.lr_scheduler.StepLR(opt, step_size=a.decay_epochs, gamma=0.5)
    scaler = torch.amp.GradScaler("cuda")
    loader = make_loader("train", shuffle=True)
    for e in range(a.epochs):
        print(e, epoch_of_training(net, loader, opt, sched, scaler))
