"""Trainer with save and load."""
import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, loader, epochs):
        torch.manual_seed(1)
        self.model, self.loader, self.epochs, self.epoch = model, loader, epochs, 0
        self.opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        self.sched = torch.optim.lr_scheduler.CosineAnnealingLR(self.opt, epochs)

    def save(self, path):
        torch.save({"model": self.model.state_dict(), "opt": self.opt.state_dict(), "sched": self.sched.state_dict(),
                    "rng": torch.get_rng_state(), "epoch": self.epoch}, path)

    def load(self, path):
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.opt.load_state_dict(state["opt"])  # PLANTED
        torch.set_rng_state(state["rng"])
        self.epoch = state["epoch"] + 1

    def fit(self, path):
        while self.epoch < self.epochs:
            self.model.train()
            for x, y in self.loader:
                loss = F.cross_entropy(self.model(x), y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            self.sched.step()
            print(self.epoch, loss.item())
            self.save(path)
            self.epoch += 1
