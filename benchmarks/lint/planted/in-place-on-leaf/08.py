"""Weights of a pruned network are masked after each update (accelerate)."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from sparse import LeNet, loader


def magnitude_masks(model, keep=0.2):
    masks = {}
    for name, p in model.named_parameters():
        if p.dim() > 1:
            k = max(1, int(p.numel() * keep))
            masks[name] = (p.detach().abs() >= p.detach().abs().flatten().topk(k).values[-1]).float()
    return masks


def main():
    set_seed(0)
    acc = Accelerator()
    model = LeNet()
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    model, opt, train = acc.prepare(model, opt, loader("train", shuffle=True))
    masks = magnitude_masks(model)
    for epoch in range(10):
        model.train()
        for x, y in train:
            loss = torch.nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
            for name, p in model.named_parameters():
                if name in masks:
                    p *= masks[name]  # PLANTED
        acc.print(epoch, loss.item())


if __name__ == "__main__":
    main()
