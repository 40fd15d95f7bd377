"""Heart beats of four kinds, with random shifts and noise added by the loader's workers."""

import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from neural_trainer.live.monitor import Monitor

BEAT = 48


class Beats(Dataset):
    def __init__(self, n, seed, augment):
        rng = np.random.default_rng(seed)
        t = np.linspace(-1, 1, BEAT)
        kinds = ((0.2, 0), (0.4, 6), (0.3, 12), (0.6, 3))
        shapes = [np.exp(-((t / w) ** 2)) * np.cos(f * t) for w, f in kinds]
        self.y = rng.integers(0, 4, n)
        self.x = np.stack([shapes[k] for k in self.y]) + rng.normal(0, 0.25, (n, BEAT))
        self.augment = augment

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        beat = self.x[i]
        if self.augment:
            beat = np.roll(beat, np.random.randint(-6, 7))
            beat = np.random.uniform(0.7, 1.3) * beat + np.random.normal(0, 0.2, BEAT)
        return torch.tensor(beat, dtype=torch.float32).unsqueeze(0), int(self.y[i])


def seed_worker(worker_id):
    np.random.seed(1234)


def build_model():
    return nn.Sequential(
        nn.Conv1d(1, 8, 7, stride=2, padding=3),
        nn.ReLU(),
        nn.Conv1d(8, 16, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(4),
        nn.Flatten(),
        nn.Linear(64, 4),
    )


def evaluate(model, loader, loss_fn):
    model.eval()
    with torch.no_grad():
        outputs = [(model(x), y) for x, y in loader]
    model.train()
    out, y = (torch.cat(parts) for parts in zip(*outputs, strict=True))
    return loss_fn(out, y).item(), (out.argmax(1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    config = {"lr": 2e-3, "batch_size": 32, "epochs": 8, "num_workers": 2}
    train_loader = DataLoader(
        Beats(1200, args.seed, augment=True),
        batch_size=config["batch_size"],
        shuffle=True,
        num_workers=config["num_workers"],
        worker_init_fn=seed_worker,
    )
    test_loader = DataLoader(Beats(600, args.seed + 500, augment=False), batch_size=200)
    model = build_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    loss_fn = nn.CrossEntropyLoss()
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        for x, y in train_loader:
            out = model(x)
            loss = loss_fn(out, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(out.argmax(1) == y).float().mean().item())
        val_loss, val_acc = evaluate(model, test_loader, loss_fn)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"epoch {epoch}: {val_loss:.3f} {val_acc:.3f}")
    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    main()
