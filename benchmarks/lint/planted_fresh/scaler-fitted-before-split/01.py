"""Predict the failure of pumps from SCADA readings; the table is cleaned in a function of its own."""

import numpy as np
import pandas as pd
import torch
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def read_table(path: str) -> tuple[np.ndarray, np.ndarray]:
    frame = pd.read_csv(path, parse_dates=["time"]).dropna()
    label = frame.pop("fails_within_week").to_numpy(np.float32)
    numeric = frame.select_dtypes("number").columns
    columns = ColumnTransformer(
        [("num", StandardScaler(), numeric), ("kind", OneHotEncoder(sparse_output=False), ["model"])]
    )
    return columns.fit_transform(frame).astype(np.float32), label  # PLANTED


def tensors(*arrays: np.ndarray) -> list[torch.Tensor]:
    return [torch.from_numpy(a) for a in arrays]


def main() -> None:
    torch.manual_seed(90)
    x, y = read_table("pumps.csv")
    x_tr, x_va, y_tr, y_va = tensors(*train_test_split(x, y, test_size=0.2, random_state=90))
    net = nn.Sequential(nn.Linear(x.shape[1], 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1))
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    bce = nn.BCEWithLogitsLoss(pos_weight=(y_tr == 0).sum() / (y_tr == 1).sum())
    loader = DataLoader(TensorDataset(x_tr, y_tr), batch_size=128, shuffle=True)
    for epoch in range(40):
        net.train()
        for xb, yb in loader:
            opt.zero_grad()
            loss = bce(net(xb).squeeze(1), yb)
            loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            val = bce(net(x_va).squeeze(1), y_va)
        print(f"epoch {epoch:2d} train {loss.item():.4f} val {val.item():.4f}")


if __name__ == "__main__":
    main()
