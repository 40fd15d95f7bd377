"""Predict a patient's response from gene expression (few patients, many genes)."""

import argparse

import numpy as np
import torch
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--genes", type=int, default=50)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)
rng = np.random.default_rng(args.seed)

patients, n_genes = 240, 3000
expression = rng.normal(size=(patients, n_genes))
response = rng.integers(0, 2, patients)
expression[:, :3] += 0.35 * response[:, None]

selector = SelectKBest(f_classif, k=args.genes)
chosen = selector.fit_transform(expression, response)
x_train, x_test, y_train, y_test = train_test_split(
    chosen, response, test_size=0.3, stratify=response, random_state=args.seed
)
scaler = StandardScaler().fit(x_train)


def as_tensors(x, y):
    x = torch.tensor(scaler.transform(x), dtype=torch.float32)
    return x, torch.tensor(y, dtype=torch.float32)


x_train, y_train = as_tensors(x_train, y_train)
x_test, y_test = as_tensors(x_test, y_test)

net = nn.Sequential(nn.Dropout(0.3), nn.Linear(args.genes, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.1)
criterion = nn.BCEWithLogitsLoss()
config = {"lr": 1e-3, "batch_size": 24, "epochs": 30, "genes": args.genes}
monitor = Monitor(args.out, net, optimizer, config, activations=True, judge=False)


def check():
    net.eval()
    with torch.no_grad():
        logits = net(x_test).squeeze(1)
    net.train()
    accuracy = ((logits > 0).float() == y_test).float().mean().item()
    return criterion(logits, y_test).item(), accuracy


for epoch in range(config["epochs"]):
    for idx in torch.randperm(len(x_train)).split(config["batch_size"]):
        logits = net(x_train[idx]).squeeze(1)
        loss = criterion(logits, y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        hit = ((logits > 0).float() == y_train[idx]).float().mean().item()
        monitor.step(loss, accuracy=hit)
    val_loss, val_acc = check()
    monitor.evaluate(loss=val_loss, accuracy=val_acc)

monitor.close()
print(f"validation: loss {val_loss:.3f}")
print(f"score: {val_acc:.4f}")
