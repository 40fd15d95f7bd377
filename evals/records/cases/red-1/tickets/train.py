"""Queue for a support ticket from its counts of 60 words. Reads data/, writes out/."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

CONFIG = {"seed": 5, "hidden": 48, "lr": 0.004, "batch_size": 64, "epochs": 25}
QUEUES = ["billing", "login", "shipping", "returns", "outage"]


def read(name):
    table = np.loadtxt(Path("data") / name, delimiter=",", skiprows=1, dtype=np.float32)
    return torch.from_numpy(table)


def class_weights(queues):
    """The queues differ much in size, so that each gets a weight in the loss, 1 on average."""
    counts = torch.bincount(queues, minlength=len(QUEUES)).float()
    return counts.mean() / counts


class Router(nn.Module):
    def __init__(self, num_words, hidden):
        super().__init__()
        self.hidden = nn.Linear(num_words, hidden)
        self.out = nn.Linear(hidden, len(QUEUES))

    def forward(self, counts):
        return torch.log_softmax(self.out(torch.relu(self.hidden(counts))), dim=1)


def weighted_loss(log_chances, queues, weights):
    own = log_chances.gather(1, queues[:, None]).squeeze(1)
    return -(weights[queues] * own).sum() / weights[queues].sum()


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    table = read("train.csv")
    table = table[torch.randperm(len(table))]
    x, y = table[:, :-1], table[:, -1].long()
    num_val = len(x) // 5
    x_val, y_val, x, y = x[:num_val], y[:num_val], x[num_val:], y[num_val:]
    weights = class_weights(y)

    model = Router(x.shape[1], CONFIG["hidden"])
    optimizer = torch.optim.Adam(model.parameters(), lr=CONFIG["lr"])
    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            model.train()
            for batch in torch.randperm(len(x)).split(CONFIG["batch_size"]):
                loss = weighted_loss(model(x[batch]), y[batch], weights)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
                log.write(
                    json.dumps({"step": step, "epoch": epoch, "train_loss": loss.item()}) + "\n"
                )
            model.eval()
            with torch.no_grad():
                log_chances = model(x_val)
                val_loss = weighted_loss(log_chances, y_val, weights)
            row = {
                "step": step,
                "epoch": epoch,
                "val_loss": val_loss.item(),
                "val_accuracy": (log_chances.argmax(1) == y_val).float().mean().item(),
            }
            log.write(json.dumps(row) + "\n")

    model.eval()
    with torch.no_grad():
        queues = [QUEUES[i] for i in model(read("test.csv")).argmax(1)]
    Path("out/predictions.csv").write_text("\n".join(["queue", *queues]) + "\n")


if __name__ == "__main__":
    main()
