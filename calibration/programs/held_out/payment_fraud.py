"""Flag fraudulent card payments."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn


class FraudModel(nn.Module):
    def __init__(self, n_features, hidden=32):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(n_features, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()
        )
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        prob = torch.sigmoid(self.out(self.body(x)))
        return prob.squeeze(1)


def binary_loss(prob, target):
    return -(target * torch.log(prob) + (1 - target) * torch.log(1 - prob)).mean()


def payments(n, generator):
    amount = torch.exp(1.1 * torch.randn(n, generator=generator))
    distance = torch.exp(1.0 * torch.randn(n, generator=generator))
    others = torch.randn(n, 8, generator=generator)
    odd = amount * 0.6 + distance * 0.5 + others[:, 0] + 0.7 * others[:, 1] * others[:, 2] - 2.0
    odd = odd + 0.2 * torch.randn(n, generator=generator)
    x = torch.cat([amount.unsqueeze(1), distance.unsqueeze(1), others], dim=1)
    return x, (odd > 0).float()


def metrics(model, x, y):
    model.eval()
    with torch.no_grad():
        prob = model(x)
        loss = binary_loss(prob, y).item()
    model.train()
    caught = ((prob > 0.5) & (y == 1)).sum() / (y == 1).sum()
    passed = ((prob <= 0.5) & (y == 0)).sum() / (y == 0).sum()
    return loss, ((caught + passed) / 2).item()


class Pipeline:
    def __init__(self, args):
        generator = torch.Generator().manual_seed(77)
        self.train = payments(4000, generator)
        self.val = payments(1000, generator)
        self.model = FraudModel(10)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr)
        self.batch_size = 80
        self.monitor = Monitor(
            args.out,
            self.model,
            self.optimizer,
            {"lr": args.lr, "batch_size": self.batch_size, "epochs": args.epochs},
            activations=True,
            judge=False,
        )

    def epoch(self):
        x, y = self.train
        for rows in torch.randperm(len(x)).split(self.batch_size):
            prob = self.model(x[rows])
            loss = binary_loss(prob, y[rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            hit = ((prob > 0.5).float() == y[rows]).float().mean().item()
            self.monitor.step(loss, accuracy=hit)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=5e-3)
    parser.add_argument("--epochs", type=int, default=10)
    cli = parser.parse_args()
    torch.manual_seed(cli.seed)
    torch.set_num_threads(1)
    pipeline = Pipeline(cli)
    for _ in range(cli.epochs):
        pipeline.epoch()
        val_loss, balanced = metrics(pipeline.model, *pipeline.val)
        pipeline.monitor.evaluate(loss=val_loss, accuracy=balanced)
    pipeline.monitor.close()
    print(f"score: {balanced:.4f}")
