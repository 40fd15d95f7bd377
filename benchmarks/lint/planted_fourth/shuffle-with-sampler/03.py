"""Keyword spotting; data loader class carries its own validation split (project template layout)."""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.dataloader import default_collate
from torch.utils.data.sampler import SubsetRandomSampler

CONFIG = {
    "seed": 123,
    "data_loader": {
        "data_dir": "data/keywords",
        "batch_size": 128,
        "shuffle": True,
        "validation_split": 0.1,
        "num_workers": 2,
    },
    "optimizer": {"lr": 1e-3},
    "trainer": {"epochs": 30, "save_dir": "saved", "log_step": 100},
}


class BaseDataLoader(DataLoader):
    def __init__(self, dataset, batch_size, shuffle, validation_split, num_workers, collate_fn=default_collate):
        self.validation_split = validation_split
        self.n_samples = len(dataset)
        train_sampler, self.valid_sampler = self._split_sampler(validation_split)
        self.init_kwargs = {
            "dataset": dataset,
            "batch_size": batch_size,
            "collate_fn": collate_fn,
            "num_workers": num_workers,
        }
        super().__init__(sampler=train_sampler, shuffle=shuffle, **self.init_kwargs)  # PLANTED

    def _split_sampler(self, split):
        if split == 0.0:
            return None, None
        order = np.random.RandomState(0).permutation(self.n_samples)
        n_valid = split if isinstance(split, int) else int(self.n_samples * split)
        valid_idx, train_idx = order[:n_valid], order[n_valid:]
        self.n_samples = len(train_idx)
        return SubsetRandomSampler(train_idx), SubsetRandomSampler(valid_idx)

    def split_validation(self):
        if self.valid_sampler is None:
            return None
        return DataLoader(sampler=self.valid_sampler, **self.init_kwargs)


class KeywordDataLoader(BaseDataLoader):
    def __init__(self, data_dir, batch_size, shuffle=True, validation_split=0.0, num_workers=1):
        feats = np.load(Path(data_dir) / "logmel.npy")
        labels = np.load(Path(data_dir) / "labels.npy")
        dataset = TensorDataset(torch.from_numpy(feats).float(), torch.from_numpy(labels).long())
        super().__init__(dataset, batch_size, shuffle, validation_split, num_workers)


class KeywordNet(nn.Module):
    def __init__(self, n_mels=40, n_words=12):
        super().__init__()
        self.conv1 = nn.Conv1d(n_mels, 96, 5, padding=2, bias=False)
        self.bn1 = nn.BatchNorm1d(96)
        self.conv2 = nn.Conv1d(96, 128, 5, stride=2, padding=2, bias=False)
        self.bn2 = nn.BatchNorm1d(128)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(128, n_words)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return self.out(self.drop(x.mean(dim=-1)))


class Trainer:
    def __init__(self, model, optimizer, loader, valid_loader, config, device):
        self.model, self.optimizer, self.device = model, optimizer, device
        self.loader, self.valid_loader = loader, valid_loader
        self.cfg = config["trainer"]
        self.best = float("inf")
        Path(self.cfg["save_dir"]).mkdir(parents=True, exist_ok=True)

    def train(self):
        for epoch in range(1, self.cfg["epochs"] + 1):
            self._train_epoch(epoch)
            val_loss, val_acc = self._valid_epoch()
            print(json.dumps({"epoch": epoch, "val_loss": val_loss, "val_acc": val_acc}))
            if val_loss < self.best:
                self.best = val_loss
                torch.save(self.model.state_dict(), Path(self.cfg["save_dir"]) / "model_best.pth")

    def _train_epoch(self, epoch):
        self.model.train()
        for i, (x, y) in enumerate(self.loader):
            x, y = x.to(self.device), y.to(self.device)
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            if i % self.cfg["log_step"] == 0:
                print(f"epoch {epoch} [{i}/{len(self.loader)}] loss {loss.item():.4f}")

    @torch.no_grad()
    def _valid_epoch(self):
        self.model.eval()
        loss_sum = correct = torch.zeros((), device=self.device)
        total = 0
        for x, y in self.valid_loader:
            x, y = x.to(self.device), y.to(self.device)
            logits = self.model(x)
            loss_sum = loss_sum + F.cross_entropy(logits, y, reduction="sum")
            correct = correct + (logits.argmax(1) == y).sum()
            total += y.numel()
        return loss_sum.item() / total, correct.item() / total


def main(config):
    torch.manual_seed(config["seed"])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    loader = KeywordDataLoader(**config["data_loader"])
    model = KeywordNet().to(device)
    optimizer = torch.optim.Adam(model.parameters(), **config["optimizer"])
    Trainer(model, optimizer, loader, loader.split_validation(), config, device).train()


if __name__ == "__main__":
    main(CONFIG)
