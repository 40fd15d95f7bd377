import argparse
import random
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class SpectrogramFolder(Dataset):
    def __init__(self, root):
        self.files = sorted(Path(root).glob("*/*.pt"))
        self.names = sorted({f.parent.name for f in self.files})

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        f = self.files[i]
        return torch.load(f, weights_only=True), self.names.index(f.parent.name)


def build_model(n_classes):
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, stride=2), nn.ReLU(),
        nn.Conv2d(32, 64, 5, stride=2), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2),
        nn.Linear(64, n_classes),
    )


def init_from(path, model, device):
    weights = torch.load(path, map_location=device, weights_only=True)["model"]
    weights = {k: v for k, v in weights.items() if not k.startswith("7.")}
    missing, _ = model.load_state_dict(weights, strict=False)
    print("new parameters:", missing)


def capture(parts, progress):
    return {**{k: v.state_dict() for k, v in parts.items()}, "progress": dict(progress)}


def bring_back(path, parts, progress, device):
    saved = torch.load(path, map_location=device, weights_only=True)
    progress.update(saved.pop("progress"))
    for key, blob in saved.items():
        parts[key].load_state_dict(blob)


@torch.no_grad()
def accuracy(model, loader, device):
    model.eval()
    right = 0
    for x, y in loader:
        right += (model(x.to(device)).argmax(1) == y.to(device)).sum()
    return right.item() / len(loader.dataset)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("train_dir")
    ap.add_argument("val_dir")
    ap.add_argument("--init-from")
    ap.add_argument("--resume")
    ap.add_argument("--epochs", type=int, default=40)
    ap.add_argument("--seed", type=int, default=0)
    a = ap.parse_args()
    random.seed(a.seed)
    torch.manual_seed(a.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    train_set, val_set = SpectrogramFolder(a.train_dir), SpectrogramFolder(a.val_dir)
    train_loader = DataLoader(train_set, 64, shuffle=True, num_workers=4)
    val_loader = DataLoader(val_set, 128, num_workers=4)

    model = build_model(len(train_set.names)).to(device)
    if a.init_from and not a.resume:
        init_from(a.init_from, model, device)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=a.epochs)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    progress = {"epoch": 0, "best": 0.0}
    if a.resume:
        bring_back(a.resume, parts, progress, device)

    criterion = nn.CrossEntropyLoss()
    while progress["epoch"] < a.epochs:
        model.train()
        seen = torch.zeros((), device=device)
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            seen += loss.detach() * len(y)
        scheduler.step()
        acc = accuracy(model, val_loader, device)
        progress["best"] = max(progress["best"], acc)
        progress["epoch"] += 1
        print(f"epoch {progress['epoch']} loss {seen.item() / len(train_set):.4f} val {acc:.4f} best {progress['best']:.4f}")
        torch.save(capture(parts, progress), "last.pt")


if __name__ == "__main__":
    main()
