"""Config-driven training of a convolutional sound-event tagger."""
from __future__ import annotations

import random
from typing import Any, Callable

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

CONFIG: dict[str, Any] = {
    "seed": 13,
    "epochs": 120,
    "data": {"root": "data/esc50_logmel", "batch_size": 64, "val_fold": 5},
    "optimizer": {"type": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True},
    "lr_policy": {
        "type": "multistep",
        "milestones": [60, 90, 110],
        "gamma": 0.2,
        "by_epoch": False,  # PLANTED
    },
    "log_interval": 10,
}

OPTIMIZERS: dict[str, Callable] = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
POLICIES: dict[str, Callable] = {
    "multistep": torch.optim.lr_scheduler.MultiStepLR,
    "onecycle": torch.optim.lr_scheduler.OneCycleLR,
    "exp": torch.optim.lr_scheduler.ExponentialLR,
}


def build(registry: dict[str, Callable], spec: dict[str, Any], *args):
    spec = dict(spec)
    return registry[spec.pop("type")](*args, **spec)


class LogMel(Dataset):
    def __init__(self, root: str, folds: set[int], train: bool):
        table = torch.load(f"{root}/clips.pt", weights_only=True)
        chosen = torch.tensor([int(f) in folds for f in table["fold"]])
        self.x, self.y = table["logmel"][chosen], table["label"][chosen]
        self.train = train

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, i: int):
        x = self.x[i]
        if self.train:
            x = x.roll(random.randrange(x.size(-1)), dims=-1)
        return x, self.y[i]


class Tagger(nn.Module):
    def __init__(self, n_classes: int = 50, width: int = 32):
        super().__init__()
        chans = [1, width, 2 * width, 4 * width, 8 * width]
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(), nn.AvgPool2d(2))
            for i, o in zip(chans, chans[1:])
        )
        self.fc = nn.Sequential(nn.Dropout(0.5), nn.Linear(chans[-1], n_classes))

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return self.fc(x.mean(3).amax(2))


class Runner:
    def __init__(self, cfg: dict[str, Any]):
        self.cfg = cfg
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        d = cfg["data"]
        fold = d["val_fold"]
        self.train_loader = DataLoader(
            LogMel(d["root"], set(range(1, 6)) - {fold}, True), d["batch_size"], shuffle=True, drop_last=True)
        self.val_loader = DataLoader(LogMel(d["root"], {fold}, False), 128)
        self.model = Tagger().to(self.device)
        self.optimizer = build(OPTIMIZERS, cfg["optimizer"], self.model.parameters())
        policy = dict(cfg["lr_policy"])
        self.by_epoch = policy.pop("by_epoch", True)
        self.policy = build(POLICIES, policy, self.optimizer)
        self.loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
        self.iteration = 0

    def train_epoch(self, epoch: int) -> None:
        self.model.train()
        for x, y in self.train_loader:
            x, y = x.to(self.device), y.to(self.device)
            loss = self.loss_fn(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if not self.by_epoch:
                self.policy.step()
            if self.iteration % self.cfg["log_interval"] == 0:
                print(f"epoch {epoch} it {self.iteration} loss {loss.item():.4f}")
            self.iteration += 1
        if self.by_epoch:
            self.policy.step()

    @torch.no_grad()
    def validate(self) -> float:
        self.model.eval()
        good = torch.zeros((), device=self.device)
        for x, y in self.val_loader:
            good += (self.model(x.to(self.device)).argmax(1) == y.to(self.device)).sum()
        return good.item() / len(self.val_loader.dataset)

    def run(self) -> None:
        for epoch in range(self.cfg["epochs"]):
            self.train_epoch(epoch)
            print(f"epoch {epoch} accuracy {self.validate():.4f}")
        torch.save(self.model.state_dict(), "tagger.pt")


if __name__ == "__main__":
    random.seed(CONFIG["seed"])
    torch.manual_seed(CONFIG["seed"])
    Runner(CONFIG).run()
