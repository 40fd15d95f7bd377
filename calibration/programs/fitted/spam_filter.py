"""A spam filter for a mailbox in which spam is rare."""

import argparse

import torch
import torch.nn.functional as F
from sklearn.metrics import balanced_accuracy_score
from torch import nn

from neural_trainer.live.monitor import Monitor


def mailbox(n, words=60):
    spam = (torch.rand(n) < 0.06).float()
    rates = torch.full((words,), 0.6)
    spam_rates = rates.clone()
    spam_rates[:12] = 2.0
    counts = torch.poisson(torch.where(spam[:, None] > 0, spam_rates, rates))
    return torch.log1p(counts) - 0.4, spam


def batch_stream(x, y, size):
    while True:
        for rows in torch.randperm(len(x)).split(size):
            yield x[rows], y[rows]


@torch.no_grad()
def evaluate(model, x, y):
    logits = model(x).squeeze(1)
    loss = F.binary_cross_entropy_with_logits(logits, y).item()
    found = (logits > 0).float()
    balanced = balanced_accuracy_score(y.int().numpy(), found.int().numpy())
    return loss, (found == y).float().mean().item(), balanced


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = mailbox(6000)
    x_train, y_train, x_val, y_val = x[:4500], y[:4500], x[4500:], y[4500:]
    model = nn.Sequential(nn.Linear(60, 32), nn.ReLU(), nn.Linear(32, 1))
    config = {"lr": 2e-3, "batch_size": 96, "steps": 400, "optimizer": "RMSprop"}
    optimizer = torch.optim.RMSprop(model.parameters(), lr=config["lr"])
    scheduler = torch.optim.lr_scheduler.LinearLR(
        optimizer, start_factor=1.0, end_factor=0.1, total_iters=config["steps"]
    )
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    stream = batch_stream(x_train, y_train, config["batch_size"])

    for step in range(1, config["steps"] + 1):
        xb, yb = next(stream)
        logits = model(xb).squeeze(1)
        loss = F.binary_cross_entropy_with_logits(logits, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss, accuracy=((logits > 0).float() == yb).float().mean().item())
        if step % 50 == 0:
            val_loss, val_acc, balanced = evaluate(model, x_val, y_val)
            monitor.evaluate(loss=val_loss, accuracy=val_acc, balanced_accuracy=balanced)
            print(f"step {step}: loss {val_loss:.4f} balanced accuracy {balanced:.3f}")

    monitor.close()
    print(f"score: {balanced:.4f}")


if __name__ == "__main__":
    main()
