"""Cross-validate a small network on gene expression, five folds, few patients and many genes."""

import numpy as np
import torch
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import QuantileTransformer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SEED = 512
rng = np.random.default_rng(SEED)
archive = np.load("expression.npz")
genes, subtype = archive["genes"].astype(np.float32), archive["subtype"].astype(np.int64)

to_normal = QuantileTransformer(n_quantiles=200, output_distribution="normal", random_state=SEED)
to_normal.fit(genes)  # PLANTED


def tensors(rows):
    return (
        torch.as_tensor(to_normal.transform(genes[rows]), dtype=torch.float32),
        torch.as_tensor(subtype[rows]),
    )


def fold_accuracy(train_rows, val_rows, seed):
    torch.manual_seed(seed)
    x_val, y_val = tensors(val_rows)
    loader = DataLoader(TensorDataset(*tensors(train_rows)), batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(x_val.shape[1], 32), nn.ELU(), nn.Linear(32, 5))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    for epoch in range(60):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        if epoch % 20 == 0:
            print(f"  epoch {epoch} loss {loss.item():.3f}")
    model.eval()
    with torch.no_grad():
        return (model(x_val).argmax(1) == y_val).float().mean().item()


folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=SEED)
scores = []
for k, (tr, va) in enumerate(folds.split(genes, subtype)):
    scores.append(fold_accuracy(tr, va, seed=int(rng.integers(2**31))))
    print(f"fold {k}: {scores[-1]:.3f}")
print(f"mean {np.mean(scores):.3f} +- {np.std(scores):.3f}")
