"""Fine-tune a pretrained autoencoder's encoder as a fault classifier on vibration windows."""
import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LOAD_OPTS = {"map_location": "cpu", "weights_only": True}


def load_any(path):
    """Read arrays or tensors, whichever the extension says."""
    if path.endswith((".npy", ".npz")):
        return np.load(path, allow_pickle=False)
    return torch.load(path, **LOAD_OPTS)


class Encoder(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(1, width, 9, stride=4, padding=4), nn.GELU(),
            nn.Conv1d(width, 2 * width, 9, stride=4, padding=4), nn.GELU(),
            nn.Conv1d(2 * width, 4 * width, 9, stride=4, padding=4), nn.GELU(),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        )
        self.dim = 4 * width

    def forward(self, x):
        return self.net(x)


class FaultClassifier(nn.Module):
    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.dim, classes)

    def forward(self, x):
        return self.head(self.encoder(x))


def windows(path, mean=None, std=None):
    arrays = load_any(path)
    x = torch.from_numpy(arrays["x"]).float().unsqueeze(1)
    if mean is None:
        mean, std = x.mean(), x.std()
    return TensorDataset((x - mean) / std, torch.from_numpy(arrays["y"]).long()), mean, std


def evaluate(model, loader, device):
    model.eval()
    hit = torch.zeros((), device=device)
    with torch.no_grad():
        for x, y in loader:
            hit += (model(x.to(device)).argmax(1) == y.to(device)).sum()
    return hit.item() / len(loader.dataset)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--pretrained", default="encoder.pt")
    p.add_argument("--resume")
    p.add_argument("--epochs", type=int, default=40)
    args = p.parse_args()

    torch.manual_seed(5)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_ds, mean, std = windows("bearing_train.npz")
    val_ds, _, _ = windows("bearing_val.npz", mean, std)
    train, val = DataLoader(train_ds, 64, shuffle=True), DataLoader(val_ds, 256)

    encoder = Encoder()
    encoder.load_state_dict(load_any(args.pretrained))
    model = FaultClassifier(encoder, classes=10).to(device)
    optimizer = torch.optim.Adam([
        {"params": model.encoder.parameters(), "lr": 1e-4},
        {"params": model.head.parameters(), "lr": 1e-3},
    ])
    start = 0
    if args.resume:
        saved = load_any(args.resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        start = saved["epoch"] + 1

    criterion = nn.CrossEntropyLoss()
    for epoch in range(start, args.epochs):
        model.train()
        total = torch.zeros((), device=device)
        for x, y in train:
            loss = criterion(model(x.to(device)), y.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch} loss {total.item() / len(train):.4f} val acc {evaluate(model, val, device):.4f}")
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch},
                   "fault_last.pt")


if __name__ == "__main__":
    main()
