"""Crop of a field from its reflectance in 24 bands. Reads data/, writes out/."""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

CONFIG = {
    "seed": 1,
    "hidden": 64,
    "depth": 2,
    "init": "orthogonal",
    "lr": 1e-3,
    "batch_size": 64,
    "epochs": 25,
}
CROPS = ["barley", "maize", "rape", "rye", "sugar_beet", "wheat"]


def read(name):
    with open(Path("data") / name) as file:
        names = file.readline().strip().split(",")
        rows = [line.strip().split(",") for line in file]
    bands = [i for i, key in enumerate(names) if key.startswith("band")]
    x = torch.tensor([[float(row[i]) for i in bands] for row in rows])
    if names[-1] != "crop":
        return x, None
    return x, torch.tensor([CROPS.index(row[-1]) for row in rows])


class Scaler:
    """Brings every band to mean 0 and deviation 1."""

    def fit(self, x):
        self.mean, self.std = x.mean(0), x.std(0)
        return self

    def __call__(self, x):
        return (x - self.mean) / self.std


def build(num_bands):
    layers, width = [], num_bands
    for _ in range(CONFIG["depth"]):
        layers += [nn.Linear(width, CONFIG["hidden"]), nn.ReLU()]
        width = CONFIG["hidden"]
    return nn.Sequential(*layers, nn.Linear(width, len(CROPS)))


def initialised(model, how):
    """The model with weights drawn as the config says."""
    if how == "default":
        return model
    fresh = build(model[0].in_features)
    for layer in fresh:
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight)
            nn.init.zeros_(layer.bias)
    return fresh


def predict(model, scaler, x):
    """Logits of raw reflectances."""
    model.eval()
    with torch.no_grad():
        return model(scaler(x))


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    x, y = read("train.csv")
    order = torch.randperm(len(x))
    val, train = order[: len(x) // 5], order[len(x) // 5 :]
    scaler = Scaler().fit(x[train])
    inputs = scaler(x)

    model = build(x.shape[1])
    model = initialised(model, CONFIG["init"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=CONFIG["lr"], weight_decay=0.01)

    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            model.train()
            for batch in train[torch.randperm(len(train))].split(CONFIG["batch_size"]):
                loss = F.cross_entropy(model(inputs[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
                log.write(
                    json.dumps({"step": step, "epoch": epoch, "train_loss": loss.item()}) + "\n"
                )
            logits = predict(model, scaler, x[val])
            row = {
                "step": step,
                "epoch": epoch,
                "val_loss": F.cross_entropy(logits, y[val]).item(),
                "val_accuracy": (logits.argmax(1) == y[val]).float().mean().item(),
            }
            log.write(json.dumps(row) + "\n")

    test, _ = read("test.csv")
    crops = [CROPS[i] for i in predict(model, scaler, test).argmax(1)]
    Path("out/predictions.csv").write_text("\n".join(["crop", *crops]) + "\n")


if __name__ == "__main__":
    main()
