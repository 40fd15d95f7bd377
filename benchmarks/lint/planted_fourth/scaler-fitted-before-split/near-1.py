import numpy as np
import torch
from sklearn.datasets import fetch_california_housing
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset


def draw_rows(n, fractions, seed):
    """Disjoint row numbers, one array per fraction."""
    perm = np.random.default_rng(seed).permutation(n)
    stops = np.cumsum([int(f * n) for f in fractions])
    return np.split(perm, stops)[: len(fractions)]


def as_dataset(features, target):
    return TensorDataset(
        torch.as_tensor(features, dtype=torch.float32), torch.as_tensor(target, dtype=torch.float32)
    )


def build(width, device):
    return nn.Sequential(nn.Linear(width, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1)).to(device)


@torch.no_grad()
def mae(model, loader, scale, device):
    model.eval()
    err = torch.zeros((), device=device)
    for x, y in loader:
        err += (model(x.to(device)).squeeze(1) - y.to(device)).abs().sum()
    return scale * err.item() / len(loader.dataset)


def main(seed=8, epochs=80):
    torch.manual_seed(seed)
    np.random.seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    features, price = fetch_california_housing(return_X_y=True)
    rows_train, rows_val, rows_test = draw_rows(len(price), (0.7, 0.15, 0.14), seed)

    x_scaler = StandardScaler().fit(features[rows_train])
    y_scaler = StandardScaler().fit(price[rows_train, None])
    features = x_scaler.transform(features)
    price = y_scaler.transform(price[:, None]).squeeze(1)

    everything = as_dataset(features, price)
    train_set, val_set, test_set = (Subset(everything, r.tolist()) for r in (rows_train, rows_val, rows_test))
    train_loader = DataLoader(train_set, 256, shuffle=True)
    val_loader = DataLoader(val_set, 2048)
    test_loader = DataLoader(test_set, 2048)

    model = build(features.shape[1], device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    dollars = float(y_scaler.scale_[0]) * 100_000
    best, best_weights = float("inf"), None
    for epoch in range(epochs):
        model.train()
        total = torch.zeros((), device=device)
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = nn.functional.smooth_l1_loss(model(x).squeeze(1), y)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(y)
        val = mae(model, val_loader, dollars, device)
        if val < best:
            best = val
            best_weights = {k: v.clone() for k, v in model.state_dict().items()}
        if epoch % 10 == 0:
            print(f"epoch {epoch} loss {total.item() / len(train_set):.4f} val MAE ${val:,.0f}")

    model.load_state_dict(best_weights)
    print(f"test MAE ${mae(model, test_loader, dollars, device):,.0f}")


if __name__ == "__main__":
    main()
