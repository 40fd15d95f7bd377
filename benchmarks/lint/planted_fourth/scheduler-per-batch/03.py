import pytorch_lightning as pl
import torch
import torch.nn.functional as F
import torchvision.transforms as T
from pytorch_lightning.callbacks import LearningRateMonitor, ModelCheckpoint
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import STL10
from torchvision.models import resnet18

MEAN, STD = [0.43, 0.42, 0.39], [0.27, 0.26, 0.27]


class TwoViews:
    def __init__(self, size=96):
        jitter = T.ColorJitter(0.4, 0.4, 0.4, 0.1)
        self.aug = T.Compose([
            T.RandomResizedCrop(size, scale=(0.2, 1.0)),
            T.RandomHorizontalFlip(),
            T.RandomApply([jitter], p=0.8),
            T.RandomGrayscale(p=0.2),
            T.GaussianBlur(9),
            T.ToTensor(),
            T.Normalize(MEAN, STD),
        ])

    def __call__(self, img):
        return self.aug(img), self.aug(img)


class SimCLR(pl.LightningModule):
    def __init__(self, hidden_dim=128, lr=5e-4, temperature=0.07, max_epochs=200):
        super().__init__()
        self.save_hyperparameters()
        self.convnet = resnet18(num_classes=4 * hidden_dim)
        self.convnet.fc = nn.Sequential(self.convnet.fc, nn.ReLU(inplace=True), nn.Linear(4 * hidden_dim, hidden_dim))

    def info_nce_loss(self, batch, mode):
        (a, b), _ = batch
        feats = F.normalize(self.convnet(torch.cat([a, b])), dim=-1)
        sim = feats @ feats.T / self.hparams.temperature
        n = sim.size(0)
        sim = sim.masked_fill(torch.eye(n, dtype=torch.bool, device=sim.device), -9e15)
        target = torch.arange(n, device=sim.device).roll(n // 2)
        loss = F.cross_entropy(sim, target)
        self.log(f"{mode}_loss", loss, batch_size=n // 2)
        top1 = (sim.argmax(-1) == target).float().mean()
        self.log(f"{mode}_acc_top1", top1, batch_size=n // 2)
        return loss

    def training_step(self, batch, batch_idx):
        return self.info_nce_loss(batch, "train")

    def validation_step(self, batch, batch_idx):
        self.info_nce_loss(batch, "val")

    def configure_optimizers(self):
        decay = [p for p in self.parameters() if p.ndim > 1]
        plain = [p for p in self.parameters() if p.ndim <= 1]
        optimizer = torch.optim.AdamW(
            [{"params": decay, "weight_decay": 1e-4}, {"params": plain, "weight_decay": 0.0}],
            lr=self.hparams.lr,
        )
        lr_scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimizer, T_max=self.hparams.max_epochs, eta_min=self.hparams.lr / 50
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {
                "scheduler": lr_scheduler,
                "interval": "step",  # PLANTED
                "name": "lr/cosine",
            },
        }


def train_simclr(batch_size=256, max_epochs=200, seed=42, **kwargs):
    pl.seed_everything(seed, workers=True)
    unlabeled = STL10("data", split="unlabeled", download=True, transform=TwoViews())
    held_out = STL10("data", split="train", download=True, transform=TwoViews())
    train_loader = DataLoader(unlabeled, batch_size, shuffle=True, drop_last=True, num_workers=8, pin_memory=True)
    val_loader = DataLoader(held_out, batch_size, shuffle=False, drop_last=True, num_workers=8)
    trainer = pl.Trainer(
        default_root_dir="runs/SimCLR",
        accelerator="auto",
        devices=1,
        max_epochs=max_epochs,
        callbacks=[
            ModelCheckpoint(save_weights_only=True, mode="max", monitor="val_acc_top1"),
            LearningRateMonitor(),
        ],
    )
    model = SimCLR(max_epochs=max_epochs, **kwargs)
    trainer.fit(model, train_loader, val_loader)
    return trainer.checkpoint_callback.best_model_path


if __name__ == "__main__":
    print(train_simclr(hidden_dim=128, lr=5e-4, temperature=0.07))
