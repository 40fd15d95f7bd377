"""Fine-tune a bird-call classifier from a registry of backbones."""
import random
from pathlib import Path
from typing import Callable, Dict, Optional

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

MODELS: Dict[str, Callable[..., nn.Module]] = {}


def register(name: str):
    def deco(fn):
        MODELS[name] = fn
        return fn
    return deco


class SpecDataset(Dataset):
    """Pre-computed log-mel spectrograms of shape (1, 128, T)."""

    def __init__(self, split: Path):
        self.files = sorted(split.glob("*/*.npy"))
        self.classes = sorted({f.parent.name for f in self.files})
        self.index = {c: i for i, c in enumerate(self.classes)}

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        f = self.files[i]
        return torch.from_numpy(np.load(f)).float(), self.index[f.parent.name]


class ConvStack(nn.Module):
    def __init__(self, widths, num_classes, p_drop=0.4):
        super().__init__()
        layers, c = [], 1
        for w in widths:
            layers += [nn.Conv2d(c, w, 3, padding=1, bias=False), nn.BatchNorm2d(w), nn.GELU(), nn.MaxPool2d(2)]
            c = w
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(p_drop), nn.Linear(c, num_classes))

    def forward(self, x):
        return self.head(self.trunk(x))


@register("birdnet_s")
def birdnet_s(num_classes):
    return ConvStack([32, 64, 128], num_classes)


@register("birdnet_m")
def birdnet_m(num_classes):
    return ConvStack([48, 96, 192, 384], num_classes)


def create_model(name: str, num_classes: int, weights: Optional[str] = None) -> nn.Module:
    net = MODELS[name](num_classes)
    if weights:
        state = torch.load(weights, map_location="cpu", weights_only=True)
        trunk = {k[len("trunk."):]: v for k, v in state.items() if k.startswith("trunk.")}
        net.trunk.load_state_dict(trunk)
    return net.eval()  # PLANTED


class Finetuner:
    def __init__(self, net: nn.Module, lr: float, device: str):
        self.device = device
        self.net = net.to(device)
        self.loss_fn = nn.CrossEntropyLoss(label_smoothing=0.05)
        self.optim = torch.optim.Adam(self.net.parameters(), lr=lr)

    def epoch(self, loader) -> float:
        total = torch.zeros((), device=self.device)
        for spec, target in loader:
            spec, target = spec.to(self.device), target.to(self.device)
            loss = self.loss_fn(self.net(spec), target)
            self.optim.zero_grad()
            loss.backward()
            self.optim.step()
            total += loss.detach()
        return total.item() / len(loader)

    @torch.no_grad()
    def score(self, loader) -> float:
        before = self.net.training
        self.net.eval()
        ok = torch.zeros((), device=self.device)
        for spec, target in loader:
            ok += (self.net(spec.to(self.device)).argmax(1) == target.to(self.device)).sum()
        self.net.train(before)
        return ok.item() / len(loader.dataset)


def main():
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    root = Path("birdcalls")
    train_set, valid_set = SpecDataset(root / "train"), SpecDataset(root / "valid")
    train_dl = DataLoader(train_set, 64, shuffle=True, num_workers=4, drop_last=True)
    valid_dl = DataLoader(valid_set, 128, num_workers=4)
    net = create_model("birdnet_m", len(train_set.classes), weights="xeno_canto_m.pt")
    tuner = Finetuner(net, lr=3e-4, device="cuda" if torch.cuda.is_available() else "cpu")
    for ep in range(25):
        loss = tuner.epoch(train_dl)
        print(f"epoch {ep} loss {loss:.4f} valid acc {tuner.score(valid_dl):.4f}")
    torch.save(tuner.net.state_dict(), "birdnet_finetuned.pt")


if __name__ == "__main__":
    main()
