"""Callbacks drive this loop: a learning-rate schedule and a printer for a wake-word detector."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from wakeword import Clips


class Callback:
    def epoch_begins(self, run): ...

    def epoch_ends(self, run): ...


class Schedule(Callback):
    def __init__(self, make):
        self.make, self.inner = make, None

    def epoch_begins(self, run):
        if self.inner is None:
            self.inner = self.make(run.optimizer)
        self.inner.step()  # PLANTED


class Printer(Callback):
    def epoch_ends(self, run):
        rate = run.optimizer.param_groups[0]["lr"]
        print(f"epoch {run.epoch} loss {run.mean_loss.item():.4f} lr {rate:.1e}")


class Run:
    def __init__(self, model, optimizer, callbacks):
        self.model, self.optimizer, self.callbacks = model, optimizer, callbacks

    def __call__(self, loader, epochs):
        for self.epoch in range(epochs):
            for c in self.callbacks:
                c.epoch_begins(self)
            self.model.train()
            self.mean_loss = torch.zeros(())
            for x, y in loader:
                self.optimizer.zero_grad()
                loss = nn.functional.cross_entropy(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                self.mean_loss += loss.detach() / len(loader)
            for c in self.callbacks:
                c.epoch_ends(self)


if __name__ == "__main__":
    torch.manual_seed(15)
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.LazyLinear(2)
    )
    clips = Clips("train")
    net(clips[0][0][None])
    sgd = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    halving = Schedule(lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=8, gamma=0.5))
    Run(net, sgd, [halving, Printer()])(DataLoader(clips, 64, shuffle=True), epochs=32)
