"""Early stopping on a dropout MLP."""
import copy

import torch
from torch import nn

torch.manual_seed(21)


def mlp(d, k):
    return nn.Sequential(nn.Linear(d, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, k))


def evaluate(net, X, y):
    net.eval()  # PLANTED
    with torch.inference_mode():
        return nn.functional.cross_entropy(net(X), y).item()


def fit(loader, Xv, yv, d, k, patience=10):
    net = mlp(d, k)
    best, best_state, bad = float("inf"), None, 0
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    epoch = 0
    while bad < patience:
        for xb, yb in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(net(xb), yb)
            loss.backward()
            opt.step()
        val = evaluate(net, Xv, yv)
        print(epoch, loss.item(), val)
        if val < best:
            best, best_state, bad = val, copy.deepcopy(net.state_dict()), 0
        else:
            bad += 1
        epoch += 1
    net.load_state_dict(best_state)
    return net
