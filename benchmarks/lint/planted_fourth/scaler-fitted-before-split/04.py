import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
import torch.nn as nn
import torch.nn.functional as F
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from sklearn.compose import make_column_transformer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, RobustScaler
from torch.utils.data import DataLoader, TensorDataset

CFG = {
    "train_csv": "../input/credit-default/train.csv",
    "target": "default",
    "id": "client_id",
    "n_folds": 5,
    "batch_size": 512,
    "lr": 2e-3,
    "max_epochs": 40,
    "seed": 2021,
}


class FoldData(pl.LightningDataModule):
    def __init__(self, feats, labels, tr, va):
        super().__init__()
        self.parts = {
            "train": TensorDataset(torch.from_numpy(feats[tr]), torch.from_numpy(labels[tr])),
            "valid": TensorDataset(torch.from_numpy(feats[va]), torch.from_numpy(labels[va])),
        }

    def train_dataloader(self):
        return DataLoader(self.parts["train"], CFG["batch_size"], shuffle=True, drop_last=True)

    def val_dataloader(self):
        return DataLoader(self.parts["valid"], 4096)


class TabNet(pl.LightningModule):
    def __init__(self, n_in, lr):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Linear(n_in, 256), nn.SiLU(), nn.Dropout(0.3),
            nn.Linear(256, 128), nn.SiLU(), nn.Dropout(0.3),
            nn.Linear(128, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)

    def training_step(self, batch, _):
        x, y = batch
        loss = F.binary_cross_entropy_with_logits(self(x), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, _):
        x, y = batch
        self.log("val_loss", F.binary_cross_entropy_with_logits(self(x), y), batch_size=len(y), prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


def load_frame():
    df = pd.read_csv(CFG["train_csv"])
    y = df.pop(CFG["target"]).to_numpy(dtype=np.float32)
    return df.drop(columns=CFG["id"]), y


def to_matrix(df):
    cats = df.select_dtypes("object").columns.tolist()
    nums = df.columns.difference(cats).tolist()
    encode = make_column_transformer(
        (RobustScaler(), nums),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), cats),
    )
    return encode.fit_transform(df).astype(np.float32)  # PLANTED


def fit_fold(k, feats, y, tr, va):
    pl.seed_everything(CFG["seed"] + k, workers=True)
    best = ModelCheckpoint(f"folds/{k}", monitor="val_loss", save_weights_only=True)
    trainer = pl.Trainer(
        max_epochs=CFG["max_epochs"], accelerator="auto", devices=1, gradient_clip_val=1.0,
        callbacks=[best, EarlyStopping("val_loss", patience=6)], log_every_n_steps=20,
    )
    trainer.fit(TabNet(feats.shape[1], CFG["lr"]), datamodule=FoldData(feats, y, tr, va))
    return best.best_model_score.item()


def main():
    frame, y = load_frame()
    feats = to_matrix(frame)
    folds = StratifiedKFold(CFG["n_folds"], shuffle=True, random_state=CFG["seed"])
    scores = [fit_fold(k, feats, y, tr, va) for k, (tr, va) in enumerate(folds.split(feats, y))]
    print("fold log losses:", np.round(scores, 5), "mean", np.mean(scores))


if __name__ == "__main__":
    main()
