from dataclasses import dataclass, field
from typing import Iterator

import lightning as L
import pandas as pd
import torch
import torch.nn.functional as F
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Hparams:
    dim: int = 96
    depth: int = 3
    heads: int = 8
    lr: float = 3e-4
    wd: float = 0.02
    warmup: int = 300
    batch_size: int = 512
    max_epochs: int = 80
    betas: tuple = field(default=(0.9, 0.98))


class CreditData(L.LightningDataModule):
    def __init__(self, csv_path: str, batch_size: int) -> None:
        super().__init__()
        self.csv_path, self.batch_size = csv_path, batch_size

    def setup(self, stage: str | None = None) -> None:
        frame = pd.read_csv(self.csv_path)
        y = frame.pop("defaulted").to_numpy()
        x_tr, x_va, y_tr, y_va = train_test_split(
            frame.to_numpy(), y, test_size=0.2, stratify=y, random_state=0)
        scaler = StandardScaler().fit(x_tr)
        self.n_features = x_tr.shape[1]
        as_ds = lambda a, b: TensorDataset(
            torch.tensor(scaler.transform(a), dtype=torch.float32), torch.tensor(b, dtype=torch.float32))
        self.train_ds, self.val_ds = as_ds(x_tr, y_tr), as_ds(x_va, y_va)

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.train_ds, self.batch_size, shuffle=True, drop_last=True)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.val_ds, self.batch_size)


class FeatureTokenizer(nn.Module):
    def __init__(self, n_features: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_features, dim) * 0.02)
        self.bias = nn.Parameter(torch.zeros(n_features, dim))
        self.cls = nn.Parameter(torch.randn(1, 1, dim) * 0.02)

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.unsqueeze(-1) * self.weight + self.bias
        return torch.cat([self.cls.expand(len(x), -1, -1), tokens], dim=1)


class FTTransformer(L.LightningModule):
    def __init__(self, n_features: int, hp: Hparams) -> None:
        super().__init__()
        self.hp = hp
        self.tokenizer = FeatureTokenizer(n_features, hp.dim)
        layer = nn.TransformerEncoderLayer(
            hp.dim, hp.heads, hp.dim * 2, dropout=0.1, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, hp.depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(hp.dim)
        self.out = nn.Linear(hp.dim, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.norm(self.encoder(self.tokenizer(x))[:, 0])).squeeze(-1)

    def training_step(self, batch, _) -> Tensor:
        x, y = batch
        loss = F.binary_cross_entropy_with_logits(self(x), y)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch, _) -> None:
        x, y = batch
        logits = self(x)
        self.log("val_loss", F.binary_cross_entropy_with_logits(logits, y), prog_bar=True)
        self.log("val_acc", ((logits > 0) == y.bool()).float().mean(), prog_bar=True)

    def _matrices(self) -> Iterator[nn.Parameter]:
        for module in self.modules():
            for name, p in module.named_parameters(recurse=False):
                if p.ndim >= 2 and not name.endswith("bias") and not isinstance(module, FeatureTokenizer):
                    yield p

    def configure_optimizers(self):
        decayed = list(self._matrices())
        seen = {id(p) for p in decayed}
        groups = [
            {"params": decayed},
            {"params": [p for p in self.parameters() if id(p) not in seen]},
        ]
        opt = torch.optim.AdamW(groups, lr=self.hp.lr, betas=self.hp.betas, weight_decay=self.hp.wd)  # PLANTED
        sched = torch.optim.lr_scheduler.LambdaLR(
            opt, lambda s: min((s + 1) / self.hp.warmup, (self.hp.warmup / (s + 1)) ** 0.5))
        return {"optimizer": opt, "lr_scheduler": {"scheduler": sched, "interval": "step"}}


if __name__ == "__main__":
    L.seed_everything(2024, workers=True)
    hp = Hparams()
    data = CreditData("credit.csv", hp.batch_size)
    data.setup()
    model = FTTransformer(data.n_features, hp)
    trainer = L.Trainer(max_epochs=hp.max_epochs, gradient_clip_val=1.0, log_every_n_steps=20)
    trainer.fit(model, datamodule=data)
