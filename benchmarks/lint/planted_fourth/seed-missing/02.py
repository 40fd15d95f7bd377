"""Binary lesion segmentation with segmentation_models_pytorch and Lightning."""
from pathlib import Path

import albumentations as A
import cv2
import pytorch_lightning as pl
import segmentation_models_pytorch as smp
import torch
from albumentations.pytorch import ToTensorV2
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger
from torch.utils.data import DataLoader, Dataset


class LesionDataset(Dataset):
    def __init__(self, root, split, augment):
        self.images = sorted(Path(root, split, "images").glob("*.jpg"))
        self.masks = Path(root, split, "masks")
        tail = [A.Normalize(), ToTensorV2()]
        head = [A.Resize(320, 320)]
        if augment:
            head += [A.HorizontalFlip(p=0.5), A.VerticalFlip(p=0.5), A.RandomRotate90(p=0.5), A.RandomBrightnessContrast(p=0.3)]
        self.tfm = A.Compose(head + tail)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        path = self.images[i]
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        mask = cv2.imread(str(self.masks / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        out = self.tfm(image=image, mask=(mask > 127).astype("float32"))
        return out["image"], out["mask"].unsqueeze(0)


class LesionData(pl.LightningDataModule):
    def __init__(self, root="data/isic", batch_size=16, workers=8):
        super().__init__()
        self.save_hyperparameters()

    def setup(self, stage=None):
        self.train_set = LesionDataset(self.hparams.root, "train", True)
        self.val_set = LesionDataset(self.hparams.root, "val", False)
        self.test_set = LesionDataset(self.hparams.root, "test", False)

    def _dl(self, ds, **kw):
        return DataLoader(ds, self.hparams.batch_size, num_workers=self.hparams.workers, pin_memory=True, **kw)

    def train_dataloader(self):
        return self._dl(self.train_set, shuffle=True, drop_last=True)

    def val_dataloader(self):
        return self._dl(self.val_set)

    def test_dataloader(self):
        return self._dl(self.test_set)


class LesionModel(pl.LightningModule):
    def __init__(self, arch="Unet", encoder="resnet34", lr=3e-4, max_epochs=50):
        super().__init__()
        self.save_hyperparameters()
        self.model = smp.create_model(arch, encoder_name=encoder, encoder_weights="imagenet", in_channels=3, classes=1)
        self.dice = smp.losses.DiceLoss(smp.losses.BINARY_MODE, from_logits=True)
        self.bce = torch.nn.BCEWithLogitsLoss()

    def forward(self, x):
        return self.model(x)

    def shared_step(self, batch, stage):
        x, y = batch
        logits = self(x)
        loss = self.dice(logits, y) + self.bce(logits, y)
        tp, fp, fn, tn = smp.metrics.get_stats((logits > 0).long(), y.long(), mode="binary")
        iou = smp.metrics.iou_score(tp, fp, fn, tn, reduction="micro-imagewise")
        self.log(f"{stage}_loss", loss, on_epoch=True, prog_bar=True, batch_size=len(x))
        self.log(f"{stage}_iou", iou, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(x))
        return loss

    def training_step(self, batch, batch_idx):
        return self.shared_step(batch, "train")

    def validation_step(self, batch, batch_idx):
        self.shared_step(batch, "val")

    def test_step(self, batch, batch_idx):
        self.shared_step(batch, "test")

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=self.hparams.max_epochs)
        return {"optimizer": opt, "lr_scheduler": {"scheduler": sched, "interval": "epoch"}}


def main():
    data = LesionData()
    model = LesionModel()
    checkpoint = ModelCheckpoint(monitor="val_iou", mode="max", filename="best")
    trainer = pl.Trainer(
        max_epochs=model.hparams.max_epochs,
        accelerator="auto",
        devices=1,
        deterministic="warn",
        benchmark=False,
        precision="16-mixed",
        gradient_clip_val=1.0,
        callbacks=[checkpoint, EarlyStopping("val_iou", mode="max", patience=10)],
        logger=CSVLogger("logs", name="lesion"),
        log_every_n_steps=20,
    )
    trainer.fit(model, datamodule=data)  # PLANTED
    trainer.test(datamodule=data, ckpt_path="best")


if __name__ == "__main__":
    main()
