"""Phonemes with accelerate, bucketed by length."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from phonemes import PhonemeNet, bucketed, PAD


def main(epochs=10):
    set_seed(6)
    acc = Accelerator()
    net = PhonemeNet()
    ce = torch.nn.CrossEntropyLoss(ignore_index=PAD, reduction="sum")  # PLANTED
    opt = torch.optim.SGD(net.parameters(), lr=0.5)
    net, opt, loader = acc.prepare(net, opt, bucketed("train", frames=20_000))
    for epoch in range(epochs):
        net.train()
        for x, y in loader:
            loss = ce(net(x).transpose(1, 2), y)
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())


if __name__ == "__main__":
    main()
