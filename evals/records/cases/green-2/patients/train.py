"""Whether a patient is ill, from ten-second windows of a sensor. Reads data/, writes out/."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CONFIG = {
    "seed": 6,
    "hidden": 64,
    "lr": 2e-3,
    "batch_size": 128,
    "epochs": 20,
    "weight_decay": 0.1,
    "feature_sets": ["r", "m", "mr"],  # rhythm, morphology of the beat, both
}


def read(name, sets="mr"):
    """Features whose names begin with one of the letters, labels where there are any, patients."""
    with open(Path("data") / name) as file:
        names = file.readline().strip().split(",")
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    features = [i for i, key in enumerate(names) if key[0] in sets and key[1:].isdigit()]
    x = torch.from_numpy(table[:, features])
    y = torch.from_numpy(table[:, names.index("ill")]) if "ill" in names else None
    return x, y, torch.from_numpy(table[:, names.index("patient")])


def split(patients):
    """Rows to validate on and rows to train on: no patient has rows in both."""
    people = patients.unique()
    people = people[torch.randperm(len(people))]
    held_out = torch.isin(patients, people[: len(people) // 4])
    return held_out.nonzero().squeeze(1), (~held_out).nonzero().squeeze(1)


def build(num_features):
    return nn.Sequential(
        nn.Linear(num_features, CONFIG["hidden"]), nn.ReLU(), nn.Linear(CONFIG["hidden"], 1)
    )


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x).squeeze(-1)
    return {
        "val_loss": F.binary_cross_entropy_with_logits(logits, y).item(),
        "val_accuracy": ((logits > 0) == (y > 0.5)).float().mean().item(),
    }


def main():
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    best, best_loss, step = None, float("inf"), 0
    with open("out/metrics.jsonl", "w") as log:
        for sets in CONFIG["feature_sets"]:
            torch.manual_seed(CONFIG["seed"])
            x, y, patients = read("train.csv", sets)
            val, train = split(patients)
            mean, std = x[train].mean(0), x[train].std(0)
            x = (x - mean) / std
            model = build(x.shape[1])
            optimizer = torch.optim.AdamW(
                model.parameters(), lr=CONFIG["lr"], weight_decay=CONFIG["weight_decay"]
            )
            for epoch in range(CONFIG["epochs"]):
                model.train()
                losses = []
                for batch in train[torch.randperm(len(train))].split(CONFIG["batch_size"]):
                    loss = F.binary_cross_entropy_with_logits(model(x[batch]).squeeze(-1), y[batch])
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    step += 1
                    losses.append(loss.item())
                told = evaluate(model, x[val], y[val])
                row = {"step": step, "epoch": epoch, "features": sets}
                row |= {"train_loss": float(np.mean(losses)), **told}
                log.write(json.dumps(row) + "\n")
                if told["val_loss"] < best_loss:
                    best_loss = told["val_loss"]
                    state = {key: value.clone() for key, value in model.state_dict().items()}
                    best = {"sets": sets, "state": state, "mean": mean, "std": std, "told": told}
        log.write(json.dumps({"step": step, "chosen": best["sets"], **best["told"]}) + "\n")

    test, _, _ = read("test.csv", best["sets"])
    model = build(test.shape[1])
    model.load_state_dict(best["state"])
    with torch.no_grad():
        ill = (model((test - best["mean"]) / best["std"]).squeeze(-1) > 0).int()
    np.savetxt("out/predictions.csv", ill.numpy(), fmt="%d", header="ill", comments="")


if __name__ == "__main__":
    main()
