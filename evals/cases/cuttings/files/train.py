"""Chance that a cutting takes root. Reads data/, writes out/."""

import csv
import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

CONFIG = {"seed": 2, "embedding": 8, "hidden": 64, "lr": 2e-3, "batch_size": 128, "epochs": 16}
FIELDS = {
    "variety": ["alba", "gallica", "rugosa", "canina", "damask"],
    "soil": ["sand", "loam", "clay", "peat"],
    "hormone": ["none", "powder", "gel"],
}


def read(name):
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    x = torch.tensor([[values.index(row[key]) for key, values in FIELDS.items()] for row in rows])
    if "rooted" not in rows[0]:
        return x, None
    return x, torch.tensor([float(row["rooted"]) for row in rows])


class Rooting(nn.Module):
    def __init__(self):
        super().__init__()
        size, hidden = CONFIG["embedding"], CONFIG["hidden"]
        self.embeddings = nn.ModuleList(
            nn.Embedding(len(values), size) for values in FIELDS.values()
        )
        self.layers = nn.Sequential(
            nn.Linear(size * len(FIELDS), hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        parts = [embed(x[:, i]) for i, embed in enumerate(self.embeddings)]
        return self.layers(torch.cat(parts, dim=1)).squeeze(-1)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    return {
        "val_loss": F.binary_cross_entropy_with_logits(logits, y).item(),
        "val_accuracy": ((logits > 0) == (y > 0.5)).float().mean().item(),
    }


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    x, y = read("train.csv")
    order = torch.randperm(len(x))
    val, train = order[: len(x) // 4], order[len(x) // 4 :]

    model = Rooting()
    optimizer = torch.optim.Adam(model.parameters(), lr=CONFIG["lr"])
    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            model.train()
            for batch in train[torch.randperm(len(train))].split(CONFIG["batch_size"]):
                loss = F.binary_cross_entropy_with_logits(model(x[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
                log.write(
                    json.dumps({"step": step, "epoch": epoch, "train_loss": loss.item()}) + "\n"
                )
            log.write(
                json.dumps({"step": step, "epoch": epoch, **evaluate(model, x[val], y[val])}) + "\n"
            )

    model.eval()
    with torch.no_grad():
        chances = torch.sigmoid(model(read("test.csv")[0])).tolist()
    Path("out/predictions.csv").write_text("chance\n" + "".join(f"{p:.6f}\n" for p in chances))


if __name__ == "__main__":
    main()
