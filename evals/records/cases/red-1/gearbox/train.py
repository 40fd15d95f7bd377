"""Which of five states a gearbox is in, from its vibration. Reads data/, writes out/."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CONFIG = {
    "seed": 3,
    "width": 64,
    "lr_body": 0.05,
    "lr_head": 0.05,
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "batch_size": 32,
    "accumulate": 2,
    "epochs": 12,
}
NUM_STATES = 5


def read(name):
    table = np.loadtxt(Path("data") / name, delimiter=",", skiprows=1, dtype=np.float32)
    return torch.from_numpy(table)


class Gearbox(nn.Module):
    def __init__(self, num_bands, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(num_bands, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
        )
        self.head = nn.Linear(width, NUM_STATES)

    def forward(self, x):
        return self.head(self.body(x))


def make_optimizers(model):
    """The head may get a rate of its own when we fine-tune on a new plant."""
    shared = {"momentum": CONFIG["momentum"], "weight_decay": CONFIG["weight_decay"]}
    return [
        torch.optim.SGD(model.body.parameters(), lr=CONFIG["lr_body"], **shared),
        torch.optim.SGD(model.head.parameters(), lr=CONFIG["lr_head"], **shared),
    ]


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    return {
        "val_loss": F.cross_entropy(logits, y).item(),
        "val_accuracy": (logits.argmax(1) == y).float().mean().item(),
    }


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    table = read("train.csv")
    table = table[torch.randperm(len(table))]
    x, y = table[:, :-1], table[:, -1].long()
    num_val = len(x) // 5
    mean, std = x[num_val:].mean(0), x[num_val:].std(0)
    x = (x - mean) / std
    x_val, y_val, x, y = x[:num_val], y[:num_val], x[num_val:], y[num_val:]

    model = Gearbox(x.shape[1], CONFIG["width"])
    optimizers = make_optimizers(model)
    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            model.train()
            batches = torch.randperm(len(x)).split(CONFIG["batch_size"])
            for i, batch in enumerate(batches):
                loss = F.cross_entropy(model(x[batch]), y[batch])
                (loss / CONFIG["accumulate"]).backward()
                if (i + 1) % CONFIG["accumulate"] and i + 1 < len(batches):
                    continue
                for optimizer in optimizers:
                    optimizer.step()
                    optimizer.zero_grad()
                step += 1
                row = {"step": step, "epoch": epoch, "train_loss": loss.item()}
                log.write(json.dumps(row) + "\n")
            log.write(
                json.dumps({"step": step, "epoch": epoch, **evaluate(model, x_val, y_val)}) + "\n"
            )
            log.flush()

    model.eval()
    with torch.no_grad():
        states = model((read("test.csv") - mean) / std).argmax(1)
    np.savetxt("out/predictions.csv", states.numpy(), fmt="%d", header="state", comments="")


if __name__ == "__main__":
    main()
