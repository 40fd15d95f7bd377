"""Two heads on one trunk: the regime of a reactor and the log of its yield."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor


class ReactorNet(nn.Module):
    def __init__(self, inputs=16, hidden=64, regimes=4):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()
        )
        self.regime_head = nn.Linear(hidden, regimes)
        self.yield_head = nn.Sequential(
            nn.Linear(hidden, 16),
            nn.ReLU(),
            nn.Linear(16, 1),
            nn.ReLU(),
        )

    def forward(self, x):
        h = self.trunk(x)
        return self.regime_head(h), self.yield_head(h).squeeze(-1)


def make_reactors(n):
    x = torch.randn(n, 16)
    regime = (x[:, 0] > 0).long() * 2 + (x[:, 1] + 0.5 * x[:, 2] > 0).long()
    fraction = torch.sigmoid(x[:, 3] + 0.8 * x[:, 4] * x[:, 0] - 0.5)
    return x, regime, torch.log(0.9 * fraction)


def losses(model, batch, aux_weight):
    x, regime, log_yield = batch
    logits, predicted = model(x)
    main = F.cross_entropy(logits, regime)
    aux = F.mse_loss(predicted, log_yield)
    accuracy = (logits.argmax(1) == regime).float().mean().item()
    return main + aux_weight * aux, aux, accuracy


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    config = {"lr": 2e-3, "batch_size": 64, "steps": 500, "aux_weight": 0.5}
    data = make_reactors(5000)
    train, test = [t[:4000] for t in data], [t[4000:] for t in data]
    model = ReactorNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for step in range(1, config["steps"] + 1):
        rows = torch.randint(0, 4000, (config["batch_size"],))
        loss, aux, accuracy = losses(model, [t[rows] for t in train], config["aux_weight"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=accuracy, aux_loss=aux.item())
        if step % 50 == 0:
            with torch.no_grad():
                loss, aux, accuracy = losses(model, test, config["aux_weight"])
            monitor.evaluate(loss=loss.item(), accuracy=accuracy)
            print(f"{step}: loss {loss.item():.3f} regime {accuracy:.3f} yield {aux.item():.3f}")

    monitor.close()
    r2 = 1 - aux.item() / test[2].var().item()
    print(f"score: {(accuracy + r2) / 2:.4f}")


if __name__ == "__main__":
    main()
