import argparse

import numpy as np
import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.down(F.gelu(self.up(self.norm(x))))


class ChurnNet(nn.Module):
    def __init__(self, n_inputs, width=32, depth=3, n_classes=3):
        super().__init__()
        self.stem = nn.Linear(n_inputs, width)
        self.blocks = [ResidualBlock(width) for _ in range(depth)]
        self.head = nn.Linear(width, n_classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def load_customers(rng, n):
    x = rng.normal(size=(n, 10))
    tension = x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + 0.5 * x[:, 3] * x[:, 4]
    tension += 0.2 * rng.normal(size=n)
    y = np.digitize(tension, [-0.6, 0.6])
    return torch.from_numpy(x).float(), torch.from_numpy(y)


def fit(model, data, val, monitor, optimizer, scheduler, epochs, batch_size):
    x, y = data
    for epoch in range(epochs):
        model.train()
        for rows in torch.randperm(len(x)).split(batch_size):
            logits = model(x[rows])
            loss = F.cross_entropy(logits, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == y[rows]).float().mean().item())
        model.eval()
        with torch.no_grad():
            logits = model(val[0])
            accuracy = (logits.argmax(1) == val[1]).float().mean().item()
            monitor.evaluate(loss=F.cross_entropy(logits, val[1]).item(), accuracy=accuracy)
    return accuracy


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--seed", type=int, default=0)
    args = ap.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(17)
    train, val = load_customers(rng, 3000), load_customers(rng, 800)
    epochs, batch_size, lr = 10, 60, 3e-3
    model = ChurnNet(n_inputs=10)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, T_max=epochs * len(train[0]) // batch_size
    )
    config = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "depth": 3}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    accuracy = fit(model, train, val, monitor, optimizer, scheduler, epochs, batch_size)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
