"""Score loan applications: will the customer pay back?"""

import argparse

import torch
import torch.nn as nn
from neural_trainer.live.monitor import Monitor
from torch.utils.data import DataLoader, TensorDataset

config = {
    "lr": 2e-3,
    "batch_size": 64,
    "epochs": 12,
    "hidden": 64,
    "log_every": 16,
}


def make_applications(n, generator):
    x = torch.randn(n, 16, generator=generator)
    risk = (
        1.5 * x[:, 0] * x[:, 1]
        + torch.where(x[:, 2] > 0.3, x[:, 3], -x[:, 4])
        + 0.8 * x[:, 5].abs()
        - 0.6
    )
    noise = 0.4 * torch.randn(n, generator=generator)
    return x, (2.0 * risk + noise > 0).float()


class Scorer(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(16, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, y).item()
    model.train()
    return loss, ((logits > 0).float() == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    generator = torch.Generator().manual_seed(2024)
    train_set = TensorDataset(*make_applications(3200, generator))
    x_val, y_val = make_applications(1000, generator)
    loader = DataLoader(train_set, batch_size=config["batch_size"], shuffle=True)
    model = Scorer(config["hidden"])
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    criterion = nn.BCEWithLogitsLoss()
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    step = 0
    for epoch in range(config["epochs"]):
        for x, y in loader:
            step += 1
            optimizer.zero_grad()
            logits = model(x)
            loss = criterion(logits, y)
            loss.backward()
            if step % config["log_every"] == 0:
                print(f"step {step}: loss {loss.item():.4f}")
                optimizer.step()
            monitor.step(loss, accuracy=((logits > 0).float() == y).float().mean().item())
        val_loss, val_accuracy = evaluate(model, x_val, y_val)
        monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
    monitor.close()
    print(f"score: {val_accuracy:.4f}")


if __name__ == "__main__":
    main()
