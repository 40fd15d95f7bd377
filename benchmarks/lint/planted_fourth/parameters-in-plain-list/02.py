"""Multi-task learning on patient records: one shared trunk, one head per outcome."""
from typing import Dict, List

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupShuffleSplit
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

OUTCOMES = ["mortality", "readmission", "sepsis", "long_stay"]


class RecordDataset(Dataset):
    def __init__(self, features: np.ndarray, outcomes: Dict[str, np.ndarray]):
        self.features = torch.from_numpy(features).float()
        self.outcomes = {k: torch.from_numpy(v).float() for k, v in outcomes.items()}

    def __len__(self) -> int:
        return self.features.shape[0]

    def __getitem__(self, i: int):
        return self.features[i], {k: v[i] for k, v in self.outcomes.items()}


class SharedTrunk(nn.Module):
    def __init__(self, d_in: int, d_hidden: int, p: float):
        super().__init__()
        self.block = nn.Sequential(
            nn.Linear(d_in, d_hidden), nn.LayerNorm(d_hidden), nn.GELU(), nn.Dropout(p),
            nn.Linear(d_hidden, d_hidden), nn.LayerNorm(d_hidden), nn.GELU(), nn.Dropout(p),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x)


class MultiTaskNet(nn.Module):
    def __init__(self, d_in: int, tasks: List[str], d_hidden: int = 128, p: float = 0.2):
        super().__init__()
        self.trunk = SharedTrunk(d_in, d_hidden, p)
        self.heads = {t: nn.Sequential(nn.Linear(d_hidden, 32), nn.ReLU(), nn.Linear(32, 1)) for t in tasks}  # PLANTED

    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        z = self.trunk(x)
        return {name: head(z).squeeze(-1) for name, head in self.heads.items()}


class MultiTaskLoss(nn.Module):
    def __init__(self, weights: Dict[str, float]):
        super().__init__()
        self.weights = weights
        self.bce = nn.BCEWithLogitsLoss()

    def forward(self, logits: Dict[str, Tensor], targets: Dict[str, Tensor]) -> Tensor:
        return sum(self.weights[t] * self.bce(logits[t], targets[t]) for t in self.weights)


def load(path: str, seed: int):
    df = pd.read_csv(path)
    feature_cols = [c for c in df.columns if c not in OUTCOMES + ["patient_id"]]
    splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=seed)
    tr, va = next(splitter.split(df, groups=df["patient_id"]))
    x = df[feature_cols].to_numpy(dtype=np.float32)
    mean, std = np.nanmean(x[tr], axis=0), np.nanstd(x[tr], axis=0) + 1e-6
    x = np.nan_to_num((x - mean) / std)
    part = lambda idx: RecordDataset(x[idx], {t: df[t].to_numpy()[idx] for t in OUTCOMES})
    return part(tr), part(va)


@torch.no_grad()
def validate(net: MultiTaskNet, loader: DataLoader) -> Dict[str, float]:
    net.eval()
    scores = {t: [] for t in OUTCOMES}
    truth = {t: [] for t in OUTCOMES}
    for x, y in loader:
        for t, logit in net(x).items():
            scores[t].append(logit)
            truth[t].append(y[t])
    return {t: roc_auc_score(torch.cat(truth[t]).numpy(), torch.cat(scores[t]).numpy()) for t in OUTCOMES}


def main():
    seed = 20
    torch.manual_seed(seed)
    train_set, val_set = load("icu_records.csv", seed)
    train_loader = DataLoader(train_set, batch_size=256, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=1024)

    net = MultiTaskNet(train_set.features.shape[1], OUTCOMES)
    criterion = MultiTaskLoss({"mortality": 1.0, "readmission": 0.5, "sepsis": 1.0, "long_stay": 0.5})
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-4)

    best = 0.0
    for epoch in range(40):
        net.train()
        total = torch.zeros(())
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        aucs = validate(net, val_loader)
        mean_auc = float(np.mean(list(aucs.values())))
        print(f"epoch {epoch:02d} loss {total.item() / len(train_loader):.4f} "
              + " ".join(f"{k}={v:.3f}" for k, v in aucs.items()))
        best = max(best, mean_auc)
    print(f"best mean AUC {best:.4f}")


if __name__ == "__main__":
    main()
