"""Warm up a new head on pre-trained features, then train the whole network."""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CFG = {"lr": 2e-3, "batch_size": 50, "epochs": 12, "head_epochs": 2, "width": 64, "code": 10}


class Tagger(nn.Module):
    def __init__(self, inputs, width, code, classes):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, code), nn.ReLU()
        )
        self.head = nn.Linear(code, classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def sounds(n, prototypes):
    label = torch.randint(len(prototypes), (n,))
    return prototypes[label] + 1.6 * torch.randn(n, prototypes.shape[1]), label


def pretrain(backbone, x, y, code):
    head = nn.Linear(code, 2)
    optimizer = torch.optim.Adam([*backbone.parameters(), *head.parameters()], lr=2e-3)
    for _ in range(150):
        rows = torch.randint(len(x), (64,))
        loss = F.cross_entropy(head(backbone(x[rows])), (y[rows] < 4).long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        outputs = [(model(x), y) for x, y in loader]
    model.train()
    logits = torch.cat([o for o, _ in outputs])
    target = torch.cat([y for _, y in outputs])
    accuracy = (logits.argmax(1) == target).float().mean().item()
    return F.cross_entropy(logits, target).item(), accuracy


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    prototypes = torch.randn(8, 40)
    train = DataLoader(TensorDataset(*sounds(2000, prototypes)), CFG["batch_size"], shuffle=True)
    test = DataLoader(TensorDataset(*sounds(600, prototypes)), 300)

    model = Tagger(40, CFG["width"], CFG["code"], 8)
    pretrain(model.backbone, *sounds(1500, prototypes), CFG["code"])
    for p in model.backbone.parameters():
        p.requires_grad = False

    optimizer = torch.optim.AdamW(model.parameters(), lr=CFG["lr"])
    monitor = Monitor(args.out, model, optimizer, CFG, activations=True, judge=False)
    for epoch in range(CFG["epochs"]):
        if epoch == CFG["head_epochs"]:
            model.backbone.requires_grad = True
        for x, y in train:
            logits = model(x)
            loss = F.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())
        loss, accuracy = evaluate(model, test)
        monitor.evaluate(loss=loss, accuracy=accuracy)
    monitor.close()
    print(f"score: {evaluate(model, test)[1]:.4f}")


if __name__ == "__main__":
    main()
