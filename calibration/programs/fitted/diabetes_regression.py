"""Progression of diabetes after one year, from ten measurements."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from torch import nn


def prepare():
    x, y = load_diabetes(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=3)
    mean, std = x_train.mean(0), x_train.std(0)
    y_mean, y_std = y_train.mean(), y_train.std()
    tensors = [
        (x_train - mean) / std,
        ((y_train - y_mean) / y_std)[:, None],
        (x_test - mean) / std,
        ((y_test - y_mean) / y_std)[:, None],
    ]
    return [torch.tensor(t, dtype=torch.float32) for t in tensors]


def train_step(model, optimizer, x, y, max_norm):
    model.train()
    prediction = model(x)
    loss = nn.functional.mse_loss(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss, norm


def run(out, seed, lr=0.02, momentum=0.9, batch_size=32, max_norm=0.002, steps=400):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    x, y, x_test, y_test = prepare()

    model = nn.Sequential(nn.Linear(10, 24), nn.SiLU(), nn.Linear(24, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum, weight_decay=1e-3)
    config = dict(lr=lr, momentum=momentum, batch_size=batch_size, steps=steps, max_norm=max_norm)
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)

    order = torch.randperm(len(x))
    cursor = 0
    for step in range(1, steps + 1):
        if cursor + batch_size > len(x):
            order, cursor = torch.randperm(len(x)), 0
        rows = order[cursor : cursor + batch_size]
        cursor += batch_size
        loss, norm = train_step(model, optimizer, x[rows], y[rows], max_norm)
        monitor.step(loss, grad_norm=norm.item())
        if step % 40 == 0:
            model.eval()
            with torch.no_grad():
                monitor.evaluate(loss=nn.functional.mse_loss(model(x_test), y_test).item())

    monitor.close()
    model.eval()
    with torch.no_grad():
        residual = (model(x_test) - y_test).pow(2).mean()
    return 1 - (residual / (y_test - y_test.mean()).pow(2).mean()).item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(f"score: {run(arguments.out, arguments.seed):.4f}")
