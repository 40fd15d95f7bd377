"""Land-use classes of multispectral tiles."""

import argparse

import torch
import torch.nn as nn
from neural_trainer.live.monitor import Monitor
from torch.utils.data import DataLoader, TensorDataset


def tiles(n, generator):
    classes = torch.randint(0, 5, (n,), generator=generator)
    spectra = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    mixture = 0.45 * spectra[classes] + 0.2 * torch.randn(n, 4, generator=generator)
    noise = 1.0 * torch.randn(n, 4, 24, 24, generator=generator)
    return mixture[:, :, None, None] + noise, classes


class TileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 16, 3, stride=2, padding=1)
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        return self.fc(x.mean(dim=(2, 3)))


def accuracy(logits, labels):
    return (logits.argmax(1) == labels).float().mean().item()


def main(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    loader = DataLoader(TensorDataset(*tiles(768, generator)), batch_size=32, shuffle=True)
    x_val, y_val = tiles(200, generator)
    model = TileNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    config = {"lr": args.lr, "batch_size": 32, "epochs": args.epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    snapshots = []
    model.train()
    step = 0
    for _ in range(args.epochs):
        for x, y in loader:
            optimizer.zero_grad()
            logits = model(x)
            loss = criterion(logits, y)
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=accuracy(logits, y))
            step += 1
            if step % 8 == 0:
                model.eval()
                logits = model(x_val)
                snapshots.append(logits)
                val_loss = criterion(logits, y_val).item()
                monitor.evaluate(loss=val_loss, accuracy=accuracy(logits, y_val))
                model.train()
    monitor.close()
    changed = [(b.argmax(1) != a.argmax(1)).sum().item() for a, b in zip(snapshots, snapshots[1:])]
    print("tiles whose class changed:", changed)
    print(f"score: {accuracy(snapshots[-1], y_val):.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--epochs", type=int, default=12)
    main(parser.parse_args())
