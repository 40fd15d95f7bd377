"""Find defective parts on a production line (few of them are)."""

import argparse
import math

import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import nn

from neural_trainer.live.monitor import Monitor

PRIOR = 0.01


class DefectNet(nn.Module):
    def __init__(self, features, hidden=64):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
        )
        self.head = nn.Linear(hidden, 1)
        self.init_bias()

    def init_bias(self):
        prior = -math.log((1 - PRIOR) / PRIOR)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.constant_(module.bias, prior)

    def forward(self, x):
        return self.head(self.body(x)).squeeze(1)


def focal_loss(logits, targets, gamma=2.0, alpha=0.75):
    ce = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    p = torch.sigmoid(logits)
    p_t = p * targets + (1 - p) * (1 - targets)
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    return (weight * (1 - p_t) ** gamma * ce).mean()


def make_parts(n, features=20):
    x = torch.randn(n, features)
    risk = 1.5 * x[:, 0] + x[:, 1] * x[:, 2] - x[:, 3] + 0.5 * torch.randn(n)
    y = (risk > torch.quantile(risk, 0.9)).float()
    return x, y


def main(out, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    config = {"lr": 2e-3, "batch_size": 128, "steps": 400, "weight_decay": 1e-4}
    x, y = make_parts(6000)
    x_train, y_train, x_test, y_test = x[:4800], y[:4800], x[4800:], y[4800:]

    model = DefectNet(x.size(1))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config["lr"], weight_decay=config["weight_decay"]
    )
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)

    for step in range(config["steps"]):
        idx = torch.randint(len(x_train), (config["batch_size"],))
        optimizer.zero_grad()
        loss = focal_loss(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        monitor.step(loss)
        if (step + 1) % 40 == 0:
            with torch.no_grad():
                logits = model(x_test)
            monitor.evaluate(loss=focal_loss(logits, y_test).item())

    monitor.close()
    with torch.no_grad():
        scores = torch.sigmoid(model(x_test))
    print(f"score: {roc_auc_score(y_test.numpy(), scores.numpy()):.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    main(options.out, options.seed)
