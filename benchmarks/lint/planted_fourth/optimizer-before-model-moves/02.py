"""Click-through-rate model (embeddings + MLP) with Adagrad, in a small fit/predict class."""
from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class CTRNet(nn.Module):
    def __init__(self, cardinalities: list[int], n_dense: int, dim: int = 16):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(c + 1, dim) for c in cardinalities)
        self.mlp = nn.Sequential(
            nn.Linear(dim * len(cardinalities) + n_dense, 256), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(256, 64), nn.ReLU(),
            nn.Linear(64, 1),
        )

    def forward(self, cat: torch.Tensor, dense: torch.Tensor) -> torch.Tensor:
        emb = [table(cat[:, j]) for j, table in enumerate(self.tables)]
        return self.mlp(torch.cat([*emb, dense], dim=1)).squeeze(1)


class CTRRegressor:
    def __init__(self, cardinalities: list[int], n_dense: int, *, lr: float = 0.02,
                 batch_size: int = 4096, epochs: int = 3, device: str | None = None):
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.batch_size = batch_size
        self.epochs = epochs
        self.net = CTRNet(cardinalities, n_dense)
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.Adagrad(self.net.parameters(), lr=lr)  # PLANTED

    def _loader(self, frame: dict[str, np.ndarray], shuffle: bool) -> DataLoader:
        tensors = [
            torch.as_tensor(frame["cat"], dtype=torch.long),
            torch.as_tensor(frame["dense"], dtype=torch.float32),
            torch.as_tensor(frame["y"], dtype=torch.float32),
        ]
        return DataLoader(TensorDataset(*tensors), self.batch_size, shuffle=shuffle, pin_memory=True)

    def fit(self, train: dict[str, np.ndarray], valid: dict[str, np.ndarray]) -> "CTRRegressor":
        loader = self._loader(train, shuffle=True)
        self.net.to(self.device)
        for epoch in range(self.epochs):
            self.net.train()
            for step, batch in enumerate(loader):
                cat, dense, y = (t.to(self.device, non_blocking=True) for t in batch)
                self.optimizer.zero_grad()
                loss = self.criterion(self.net(cat, dense), y)
                loss.backward()
                self.optimizer.step()
                if step % 200 == 0:
                    print(f"epoch {epoch} step {step}/{len(loader)} logloss {loss.item():.5f}")
            auc = roc_auc_score(valid["y"], self.predict_proba(valid))
            print(f"epoch {epoch} valid AUC {auc:.5f}")
        return self

    @torch.no_grad()
    def predict_proba(self, frame: dict[str, np.ndarray]) -> np.ndarray:
        self.net.eval()
        out = []
        for cat, dense, _ in self._loader(frame, shuffle=False):
            logits = self.net(cat.to(self.device), dense.to(self.device))
            out.append(torch.sigmoid(logits).cpu().numpy())
        return np.concatenate(out)


def encode(train: pd.DataFrame, valid: pd.DataFrame, cat_cols, dense_cols):
    cards, cats_tr, cats_va = [], [], []
    for col in cat_cols:
        mapping = {v: i + 1 for i, v in enumerate(train[col].unique())}
        cats_tr.append(train[col].map(mapping).to_numpy())
        cats_va.append(valid[col].map(mapping).fillna(0).astype(int).to_numpy())
        cards.append(len(mapping))
    d_tr = np.log1p(train[dense_cols].fillna(0).clip(lower=0)).to_numpy()
    d_va = np.log1p(valid[dense_cols].fillna(0).clip(lower=0)).to_numpy()
    mu, sd = d_tr.mean(0), d_tr.std(0) + 1e-6
    tr = {"cat": np.stack(cats_tr, 1), "dense": (d_tr - mu) / sd, "y": train["click"].to_numpy()}
    va = {"cat": np.stack(cats_va, 1), "dense": (d_va - mu) / sd, "y": valid["click"].to_numpy()}
    return tr, va, cards


if __name__ == "__main__":
    torch.manual_seed(99)
    df = pd.read_csv("criteo_sample.csv")
    cat_cols = [c for c in df.columns if c.startswith("C")]
    dense_cols = [c for c in df.columns if c.startswith("I")]
    df[cat_cols] = df[cat_cols].fillna("missing")
    tr_df, va_df = train_test_split(df, test_size=0.1, random_state=99, stratify=df["click"])
    tr, va, cards = encode(tr_df, va_df, cat_cols, dense_cols)
    ctr = CTRRegressor(cards, len(dense_cols)).fit(tr, va)
    torch.save(ctr.net.state_dict(), "ctr.pt")
