"""Batch-normed point classifier with k-fold cross-validation."""
import numpy as np
import torch
from sklearn.model_selection import KFold
from torch import nn

torch.manual_seed(0)
X = torch.from_numpy(np.load("points.npy")).float()
y = torch.from_numpy(np.load("labels.npy")).long()


def make():
    return nn.Sequential(nn.Linear(X.shape[1], 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 5))


def train_fold(net, idx, epochs=30):
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    net.train()
    for _ in range(epochs):
        for chunk in torch.from_numpy(idx)[torch.randperm(len(idx))].split(64):
            opt.zero_grad()
            nn.functional.cross_entropy(net(X[chunk]), y[chunk]).backward()
            opt.step()


scores = []
for fold, (tr, va) in enumerate(KFold(5, shuffle=True, random_state=0).split(X)):
    net = make()
    train_fold(net, tr)
    with torch.no_grad():
        acc = (net(X[va]).argmax(1) == y[va]).float().mean().item()  # PLANTED
    print("fold", fold, "accuracy", acc)
    scores.append(acc)
print(np.mean(scores))
