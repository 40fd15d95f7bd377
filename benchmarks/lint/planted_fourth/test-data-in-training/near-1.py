"""Wine quality regression: pick the epoch count on a validation part, refit on train+val, report on test."""
import copy

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

SEED = 31
MAX_EPOCHS = 150
PATIENCE = 15


def as_dataset(x, y):
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32))


def load_splits(path):
    df = pd.read_csv(path, sep=";")
    y = df.pop("quality").to_numpy()
    x = df.to_numpy()
    x_rest, x_test, y_rest, y_test = train_test_split(x, y, test_size=0.2, random_state=SEED)
    x_train, x_val, y_train, y_val = train_test_split(x_rest, y_rest, test_size=0.2, random_state=SEED)
    scaler = StandardScaler().fit(x_train)
    return {
        "train": as_dataset(scaler.transform(x_train), y_train),
        "val": as_dataset(scaler.transform(x_val), y_val),
        "test": as_dataset(scaler.transform(x_test), y_test),
    }


def make_net(n_in):
    torch.manual_seed(SEED)
    net = nn.Sequential(
        nn.Linear(n_in, 64), nn.ReLU(), nn.Dropout(0.1),
        nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1),
        nn.Linear(64, 1), nn.Flatten(0),
    )
    nn.init.constant_(net[-2].bias, 5.8)
    return net


def train_one_epoch(net, loader, optimizer):
    net.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.smooth_l1_loss(net(x), y)
        loss.backward()
        optimizer.step()
        total = total + loss.detach()
    return float(total) / len(loader)


@torch.no_grad()
def rmse(net, dataset):
    net.eval()
    se = [((net(x) - y) ** 2) for x, y in DataLoader(dataset, batch_size=512)]
    return torch.cat(se).mean().sqrt().item()


def search_epochs(splits, n_in):
    net = make_net(n_in)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = DataLoader(splits["train"], batch_size=64, shuffle=True)
    best_rmse, best_epoch, best_state = np.inf, 0, None
    for epoch in range(1, MAX_EPOCHS + 1):
        loss = train_one_epoch(net, loader, optimizer)
        val = rmse(net, splits["val"])
        if epoch % 10 == 0:
            print(f"search {epoch:3d}: loss {loss:.4f} val rmse {val:.4f}")
        if val < best_rmse:
            best_rmse, best_epoch = val, epoch
            best_state = copy.deepcopy(net.state_dict())
        elif epoch - best_epoch >= PATIENCE:
            break
    torch.save(best_state, "wine_search.pt")
    return best_epoch


def refit(splits, n_in, epochs):
    net = make_net(n_in)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    everything = ConcatDataset([splits["train"], splits["val"]])
    loader = DataLoader(everything, batch_size=64, shuffle=True)
    for epoch in range(1, epochs + 1):
        loss = train_one_epoch(net, loader, optimizer)
        if epoch % 10 == 0:
            print(f"refit {epoch:3d}: loss {loss:.4f} test rmse {rmse(net, splits['test']):.4f}")
    return net


def main():
    np.random.seed(SEED)
    splits = load_splits("winequality-white.csv")
    n_in = splits["train"].tensors[0].size(1)
    epochs = search_epochs(splits, n_in)
    net = refit(splits, n_in, epochs)
    print(f"after {epochs} epochs: test rmse {rmse(net, splits['test']):.4f}")
    torch.save(net.state_dict(), "wine_final.pt")


if __name__ == "__main__":
    main()
