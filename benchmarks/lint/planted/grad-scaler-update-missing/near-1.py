"""Scale, step and update in three helpers of one class."""
import torch
from torch import nn


class Amp:
    def __init__(self, opt):
        self.opt, self.scaler = opt, torch.amp.GradScaler("cuda")

    def backward(self, loss):
        self.scaler.scale(loss).backward()

    def step(self):
        self.scaler.step(self.opt)
        self.finish()

    def finish(self):
        self.scaler.update()
        self.opt.zero_grad(set_to_none=True)


def train(model, loader):
    torch.manual_seed(0)
    model.cuda().train()
    amp = Amp(torch.optim.Adam(model.parameters(), lr=1e-3))
    for i, (x, y) in enumerate(loader):
        with torch.autocast("cuda"):
            loss = nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        amp.backward(loss)
        amp.step()
        if i % 100 == 0:
            print(i, loss.item())
