"""FT-Transformer style regressor on California housing."""
from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import fetch_california_housing
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

DEVICE = torch.device("cuda")
SEED, BATCH, EPOCHS, WARMUP = 11, 256, 60, 500


class FeatureTokenizer(nn.Module):
    def __init__(self, n_features: int, dim: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_features, dim) * 0.02)
        self.bias = nn.Parameter(torch.zeros(n_features, dim))
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))

    def forward(self, x: Tensor) -> Tensor:
        tok = x.unsqueeze(-1) * self.weight + self.bias
        return torch.cat([self.cls.expand(len(x), -1, -1), tok], dim=1)


class FTTransformer(nn.Module):
    def __init__(self, n_features: int, dim: int = 128, depth: int = 3, heads: int = 8):
        super().__init__()
        self.tok = FeatureTokenizer(n_features, dim)
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, 0.1, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.ReLU(), nn.Linear(dim, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.tok(x))[:, 0]).squeeze(-1)


def load() -> tuple[TensorDataset, TensorDataset, float]:
    X, y = fetch_california_housing(return_X_y=True)
    Xtr, Xva, ytr, yva = train_test_split(X, y, test_size=0.2, random_state=SEED)
    mu, sd = Xtr.mean(0), Xtr.std(0)
    ymu, ysd = ytr.mean(), ytr.std()
    pack = lambda a, b: TensorDataset(torch.tensor((a - mu) / sd, dtype=torch.float32),
                                      torch.tensor((b - ymu) / ysd, dtype=torch.float32))
    return pack(Xtr, ytr), pack(Xva, yva), float(ysd)


def split_decay(model: nn.Module, wd: float) -> list[dict]:
    big = [p for n, p in model.named_parameters() if p.ndim >= 2 and not n.startswith("tok.")]
    small = [p for n, p in model.named_parameters() if p.ndim < 2 or n.startswith("tok.")]
    return [{"params": big, "weight_decay": wd}, {"params": small, "weight_decay": 0.0}]


@torch.autocast("cuda", dtype=torch.bfloat16)
def train_step(model: nn.Module, batch: list[Tensor], optimizer: torch.optim.Optimizer, scheduler: LambdaLR) -> Tensor:
    x, y = (t.to(DEVICE, non_blocking=True) for t in batch)
    pred = model(x)
    loss = nn.functional.mse_loss(pred.float(), y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # PLANTED
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    return loss.detach()


@torch.no_grad()
def rmse(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    se, n = torch.zeros((), device=DEVICE), 0
    for x, y in loader:
        se += (model(x.to(DEVICE)) - y.to(DEVICE)).square().sum()
        n += len(y)
    return (se / n).sqrt().item()


def main() -> None:
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    train_ds, valid_ds, y_scale = load()
    train_dl = DataLoader(train_ds, BATCH, shuffle=True, drop_last=True)
    valid_dl = DataLoader(valid_ds, 1024)
    model = FTTransformer(train_ds.tensors[0].shape[1]).to(DEVICE)
    optimizer = torch.optim.AdamW(split_decay(model, 1e-4), lr=3e-4)
    scheduler = LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / WARMUP))

    for epoch in range(EPOCHS):
        model.train()
        losses = [train_step(model, b, optimizer, scheduler) for b in train_dl]
        print(f"epoch {epoch:02d}  train mse {torch.stack(losses).mean().item():.4f}  "
              f"valid rmse {rmse(model, valid_dl) * y_scale:.4f}")
    torch.save(model.state_dict(), "ft_transformer.pt")


if __name__ == "__main__":
    main()
