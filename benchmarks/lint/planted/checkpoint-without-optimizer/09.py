"""A callback saves every few epochs for a later resume."""
import torch
from torch import nn


class Checkpoint:
    def __init__(self, every, pattern="model-{epoch:03d}.ckpt"):
        self.every, self.pattern = every, pattern

    def on_epoch_end(self, trainer):
        if trainer.epoch % self.every == 0:
            payload = {"state_dict": trainer.net.state_dict(), "epoch": trainer.epoch, "hparams": trainer.hparams}
            torch.save(payload, self.pattern.format(epoch=trainer.epoch))  # PLANTED


class Trainer:
    def __init__(self, net, hparams, callbacks):
        torch.manual_seed(hparams["seed"])
        self.net, self.hparams, self.callbacks, self.epoch = net, hparams, callbacks, 0
        self.optimizer = torch.optim.Adam(net.parameters(), lr=hparams["lr"])

    def fit(self, loader):
        for self.epoch in range(self.hparams["epochs"]):
            self.net.train()
            for x, y in loader:
                loss = nn.functional.cross_entropy(self.net(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            print("epoch", self.epoch, "loss", loss.item())
            for c in self.callbacks:
                c.on_epoch_end(self)


def main(net, loader):
    Trainer(net, {"lr": 1e-3, "epochs": 90, "seed": 7}, [Checkpoint(5)]).fit(loader)
