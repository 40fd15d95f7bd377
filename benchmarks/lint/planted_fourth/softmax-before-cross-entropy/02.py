"""ECG beat classification (MIT-BIH, 5 classes) with Lightning."""
from typing import Sequence

import lightning as L
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics.classification import MulticlassF1Score


def res_stage(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(c_in, c_out, 7, padding=3, bias=False),
        nn.BatchNorm1d(c_out),
        nn.ReLU(),
        nn.MaxPool1d(2),
    )


class MLPHead(nn.Sequential):
    def __init__(self, dims: Sequence[int], dropout: float = 0.2):
        layers = []
        for d_in, d_out in zip(dims[:-2], dims[1:-1]):
            layers += [nn.Linear(d_in, d_out), nn.ReLU(), nn.Dropout(dropout)]
        layers.append(nn.Linear(dims[-2], dims[-1]))
        layers.append(nn.Softmax(dim=-1))  # PLANTED
        super().__init__(*layers)


class BeatDataModule(L.LightningDataModule):
    def __init__(self, folder: str = "data/mitbih", batch_size: int = 256):
        super().__init__()
        self.folder, self.batch_size = folder, batch_size

    @staticmethod
    def _to_dataset(table: np.ndarray) -> TensorDataset:
        signal = torch.from_numpy(table[:, :-1]).float().unsqueeze(1)
        label = torch.from_numpy(table[:, -1]).long()
        return TensorDataset(signal, label)

    def setup(self, stage: str) -> None:
        table = pd.read_csv(f"{self.folder}/mitbih_train.csv", header=None).to_numpy()
        fit, val = train_test_split(table, test_size=0.1, stratify=table[:, -1], random_state=11)
        test = pd.read_csv(f"{self.folder}/mitbih_test.csv", header=None).to_numpy()
        self.fit_set, self.val_set, self.test_set = map(self._to_dataset, (fit, val, test))

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.fit_set, self.batch_size, shuffle=True, num_workers=4, drop_last=True)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.val_set, self.batch_size, num_workers=4)

    def test_dataloader(self) -> DataLoader:
        return DataLoader(self.test_set, self.batch_size, num_workers=4)


class BeatClassifier(L.LightningModule):
    def __init__(self, n_classes: int = 5, lr: float = 1e-3):
        super().__init__()
        self.save_hyperparameters()
        self.backbone = nn.Sequential(
            res_stage(1, 32), res_stage(32, 64), res_stage(64, 128), nn.AdaptiveAvgPool1d(1), nn.Flatten()
        )
        self.head = MLPHead([128, 64, n_classes])
        self.val_f1 = MulticlassF1Score(n_classes, average="macro")
        self.test_f1 = MulticlassF1Score(n_classes, average="macro")

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.backbone(x))

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log("train_loss", loss, on_step=True, on_epoch=True, prog_bar=True)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        out = self(x)
        self.val_f1(out, y)
        self.log("val_loss", F.cross_entropy(out, y), prog_bar=True)
        self.log("val_f1", self.val_f1, prog_bar=True)

    def test_step(self, batch, batch_idx):
        x, y = batch
        self.test_f1(self(x), y)
        self.log("test_f1", self.test_f1)

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", patience=3)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "monitor": "val_f1"}}


def main() -> None:
    L.seed_everything(11, workers=True)
    data = BeatDataModule()
    trainer = L.Trainer(
        max_epochs=50,
        callbacks=[
            ModelCheckpoint(monitor="val_f1", mode="max"),
            EarlyStopping(monitor="val_f1", mode="max", patience=8),
        ],
    )
    trainer.fit(BeatClassifier(), datamodule=data)
    trainer.test(datamodule=data, ckpt_path="best")


if __name__ == "__main__":
    main()
