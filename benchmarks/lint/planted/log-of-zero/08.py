"""Preference loss from scores through a sigmoid (accelerate)."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from rewards import RewardNet, comparisons


def ranking_loss(better, worse):
    return -torch.log(torch.sigmoid(better - worse)).mean()  # PLANTED


def main():
    set_seed(7)
    acc = Accelerator()
    net = RewardNet()
    opt = torch.optim.Adam(net.parameters(), lr=1e-4)
    net, opt, loader = acc.prepare(net, opt, comparisons("train", shuffle=True))
    for epoch in range(3):
        net.train()
        for good, bad in loader:
            loss = ranking_loss(net(good), net(bad))
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())


if __name__ == "__main__":
    main()
